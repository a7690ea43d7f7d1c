-- The share of ratings that are 4 or 5, by the month in which the conversation began.
select
    cast(date_trunc('month', created_at) as date) as month,
    count(*) as ratings,
    count(*) filter (rating >= 4) as satisfied,
    100.0 * count(*) filter (rating >= 4) / count(*) as csat
from {{ ref('stg_conversations') }}
where rating is not null
group by month
