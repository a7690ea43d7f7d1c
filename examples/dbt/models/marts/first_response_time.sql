-- Of conversations that a teammate has answered, by the month in which they began.
select
    cast(date_trunc('month', created_at) as date) as month,
    count(*) as answered,
    median(seconds_to_first_reply) / 60 as median_minutes,
    max(seconds_to_first_reply) / 60 as longest_minutes
from {{ ref('stg_conversations') }}
where seconds_to_first_reply is not null
group by month
