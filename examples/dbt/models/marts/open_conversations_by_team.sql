select
    coalesce(teams.name, case when conversations.team_id is null then 'no team' else 'a team that is gone' end) as team,
    count(*) as open_conversations,
    count(*) filter (conversations.state = 'snoozed') as snoozed
from {{ ref('stg_conversations') }} as conversations
left join {{ ref('stg_teams') }} as teams on teams.team_id = conversations.team_id
where conversations.is_open
group by team
