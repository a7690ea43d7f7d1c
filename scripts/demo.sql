-- How the inbox fills and empties: conversations by the week in which they began, the latest first.
WITH parts AS (
    SELECT conversation_id, count(*) AS parts
    FROM conversation_parts
    GROUP BY conversation_id
)
SELECT
    strftime(date_trunc('week', conversations.created_at AT TIME ZONE 'UTC'), '%Y-%m-%d') AS week,
    count(*) AS begun,
    count(*) FILTER (conversations.open) AS open,
    count(*) FILTER (conversations.open AND conversations.admin_assignee_id IS NULL AND conversations.team_assignee_id IS NULL) AS unassigned,
    round(avg(parts.parts), 1) AS parts,
    mode(coalesce(admins.name, teams.name)) AS "mostly with"
FROM conversations
LEFT JOIN parts ON parts.conversation_id = conversations.id
LEFT JOIN admins ON admins.id = conversations.admin_assignee_id::VARCHAR
LEFT JOIN teams ON teams.id = conversations.team_assignee_id::VARCHAR
GROUP BY week
ORDER BY week DESC
LIMIT 8
