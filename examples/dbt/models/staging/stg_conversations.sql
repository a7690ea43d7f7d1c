select
    id as conversation_id,
    created_at,
    open as is_open,
    state,
    team_assignee_id as team_id,
    cast(conversation_rating ->> 'rating' as integer) as rating,
    cast(statistics ->> 'time_to_admin_reply' as bigint) as seconds_to_first_reply
from {{ source('intercom', 'conversations') }}
