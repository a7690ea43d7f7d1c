-- Times are in UTC, and so are the days.
select
    cast(created_at as date) as day,
    count(*) as conversations,
    count(*) filter (is_open) as still_open
from {{ ref('stg_conversations') }}
group by day
