select id as team_id, name
from {{ source('intercom', 'teams') }}
