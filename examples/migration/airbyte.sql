-- The tables of Airbyte's Intercom source (0.8.3), over those that the tap loads with api_version 2.16.
-- Times are unix seconds, ids that Airbyte declares as numbers are numbers, and lists have their wrapper again.
CREATE SCHEMA IF NOT EXISTS airbyte;

CREATE OR REPLACE MACRO airbyte.seconds(moment) AS CAST(epoch(moment) AS BIGINT);
CREATE OR REPLACE MACRO airbyte.wrapped(items, kind) AS
    CASE WHEN items IS NULL THEN NULL ELSE json_object('type', kind, 'data', items) END;
CREATE OR REPLACE MACRO airbyte.wrapped_as(items, kind, name) AS
    CASE WHEN items IS NULL THEN NULL ELSE json_object('type', kind, name, items) END;

CREATE OR REPLACE VIEW airbyte.activity_logs AS
SELECT * REPLACE (airbyte.seconds(created_at) AS created_at) FROM admin_activity_logs;

CREATE OR REPLACE VIEW airbyte.admins AS
SELECT *, NULL::JSON AS admin_ids FROM main.admins;

CREATE OR REPLACE VIEW airbyte.companies AS
SELECT * REPLACE (
    airbyte.seconds(created_at) AS created_at,
    airbyte.seconds(updated_at) AS updated_at,
    airbyte.seconds(remote_created_at) AS remote_created_at,
    airbyte.wrapped_as(tags, 'tag.list', 'tags') AS tags,
    airbyte.wrapped_as(segments, 'segment.list', 'segments') AS segments
) FROM main.companies;

CREATE OR REPLACE VIEW airbyte.company_attributes AS
SELECT * REPLACE (
    CAST(id AS BIGINT) AS id,
    airbyte.seconds(created_at) AS created_at,
    airbyte.seconds(updated_at) AS updated_at
) FROM main.company_attributes;

CREATE OR REPLACE VIEW airbyte.contact_attributes AS
SELECT * REPLACE (
    CAST(id AS BIGINT) AS id,
    airbyte.seconds(created_at) AS created_at,
    airbyte.seconds(updated_at) AS updated_at
) FROM main.contact_attributes;

-- Airbyte has a row for each company that is in a segment, without the company.
CREATE OR REPLACE VIEW airbyte.company_segments AS
SELECT * REPLACE (
    airbyte.seconds(created_at) AS created_at,
    airbyte.seconds(updated_at) AS updated_at
) FROM main.company_segments;

CREATE OR REPLACE VIEW airbyte.contacts AS
SELECT * REPLACE (
    CAST(owner_id AS BIGINT) AS owner_id,
    airbyte.seconds(created_at) AS created_at,
    airbyte.seconds(updated_at) AS updated_at,
    airbyte.seconds(signed_up_at) AS signed_up_at,
    airbyte.seconds(last_seen_at) AS last_seen_at,
    airbyte.seconds(last_replied_at) AS last_replied_at,
    airbyte.seconds(last_contacted_at) AS last_contacted_at,
    airbyte.seconds(last_email_opened_at) AS last_email_opened_at,
    airbyte.seconds(last_email_clicked_at) AS last_email_clicked_at,
    airbyte.seconds(ios_last_seen_at) AS ios_last_seen_at,
    avatar ->> 'image_url' AS avatar,
    airbyte.wrapped(tags, 'list') AS tags,
    airbyte.wrapped(notes, 'list') AS notes,
    airbyte.wrapped(companies, 'list') AS companies,
    airbyte.wrapped(social_profiles, 'list') AS social_profiles,
    airbyte.wrapped(opted_in_subscription_types, 'list') AS opted_in_subscription_types,
    airbyte.wrapped(opted_out_subscription_types, 'list') AS opted_out_subscription_types
) FROM main.contacts;

-- The columns that are null belong to versions of the API before 2.0.
CREATE OR REPLACE VIEW airbyte.conversations AS
SELECT * REPLACE (
    airbyte.seconds(created_at) AS created_at,
    airbyte.seconds(updated_at) AS updated_at,
    airbyte.seconds(waiting_since) AS waiting_since,
    airbyte.seconds(snoozed_until) AS snoozed_until,
    CAST(admin_assignee_id AS BIGINT) AS admin_assignee_id,
    CAST(team_assignee_id AS BIGINT) AS team_assignee_id,
    airbyte.wrapped_as(tags, 'tag.list', 'tags') AS tags,
    airbyte.wrapped_as(contacts, 'contact.list', 'contacts') AS contacts,
    airbyte.wrapped_as(teammates, 'admin.list', 'admins') AS teammates,
    airbyte.wrapped_as(topics, 'topic.list', 'topics') AS topics
),
    NULL::JSON AS conversation_message,
    NULL::JSON AS customer_first_reply,
    NULL::JSON AS customers,
    NULL::BIGINT AS sent_at,
    NULL::JSON AS "user",
    NULL::BOOLEAN AS redacted
FROM main.conversations;

CREATE OR REPLACE VIEW airbyte.conversation_parts AS
SELECT * REPLACE (
    airbyte.seconds(conversation_created_at) AS conversation_created_at,
    airbyte.seconds(conversation_updated_at) AS conversation_updated_at,
    airbyte.seconds(created_at) AS created_at,
    airbyte.seconds(updated_at) AS updated_at,
    airbyte.seconds(notified_at) AS notified_at
) FROM main.conversation_parts;

CREATE OR REPLACE VIEW airbyte.segments AS
SELECT * REPLACE (
    airbyte.seconds(created_at) AS created_at,
    airbyte.seconds(updated_at) AS updated_at
) FROM main.segments;

CREATE OR REPLACE VIEW airbyte.tags AS
SELECT * FROM main.tags;

CREATE OR REPLACE VIEW airbyte.teams AS
SELECT * FROM main.teams;
