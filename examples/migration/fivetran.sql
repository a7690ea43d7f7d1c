-- The tables of Fivetran's Intercom connector that its public dbt package reads, over those that the tap loads with
-- api_version 2.16. A history has the present row of each record and no other.
CREATE SCHEMA IF NOT EXISTS fivetran;

CREATE OR REPLACE VIEW fivetran.admin AS
SELECT id, name, job_title, email, false AS _fivetran_deleted FROM main.admins;

CREATE OR REPLACE VIEW fivetran.company_history AS
SELECT
    id, company_id, name, website, industry, created_at, updated_at, user_count, session_count, monthly_spend,
    plan ->> 'id' AS plan_id,
    plan ->> 'name' AS plan_name,
    true AS _fivetran_active, false AS _fivetran_deleted, updated_at AS _fivetran_synced
FROM main.companies;

CREATE OR REPLACE VIEW fivetran.company_tag_history AS
SELECT
    company_id, company_updated_at, id AS tag_id,
    true AS _fivetran_active, false AS _fivetran_deleted, company_updated_at AS _fivetran_synced
FROM main.company_tags;

CREATE OR REPLACE VIEW fivetran.contact_history AS
SELECT
    id, owner_id AS admin_id, created_at, updated_at, signed_up_at, name, role, email, last_replied_at,
    last_contacted_at, last_email_clicked_at, last_email_opened_at, unsubscribed_from_emails,
    location ->> 'city' AS location_city,
    location ->> 'country' AS location_country,
    location ->> 'region' AS location_region,
    true AS _fivetran_active, false AS _fivetran_deleted, updated_at AS _fivetran_synced
FROM main.contacts;

CREATE OR REPLACE VIEW fivetran.contact_company_history AS
SELECT
    id AS company_id, contact_id, contact_updated_at,
    true AS _fivetran_active, contact_updated_at AS _fivetran_synced
FROM main.contact_companies;

CREATE OR REPLACE VIEW fivetran.contact_tag_history AS
SELECT
    contact_id, contact_updated_at, id AS tag_id,
    true AS _fivetran_active, contact_updated_at AS _fivetran_synced
FROM main.contact_tags;

CREATE OR REPLACE VIEW fivetran.conversation_contact_history AS
SELECT
    id AS contact_id, conversation_id, conversation_updated_at,
    true AS _fivetran_active, conversation_updated_at AS _fivetran_synced
FROM main.conversation_contacts;

-- Who a conversation is assigned to is two columns of 2.x: an admin and a team, 0 for nobody.
CREATE OR REPLACE VIEW fivetran.conversation_history AS
SELECT
    id, created_at, updated_at, state, waiting_since, snoozed_until, title, priority,
    read AS is_read,
    coalesce(nullif(admin_assignee_id, '0'), nullif(team_assignee_id, '0')) AS assignee_id,
    CASE
        WHEN nullif(admin_assignee_id, '0') IS NOT NULL THEN 'admin'
        WHEN nullif(team_assignee_id, '0') IS NOT NULL THEN 'team'
    END AS assignee_type,
    CAST(conversation_rating ->> 'rating' AS INTEGER) AS conversation_rating_value,
    conversation_rating ->> 'remark' AS conversation_rating_remark,
    CAST(first_contact_reply ->> 'created_at' AS TIMESTAMP) AS first_contact_reply_created_at,
    first_contact_reply ->> 'type' AS first_contact_reply_type,
    source -> 'author' ->> 'id' AS source_author_id,
    source -> 'author' ->> 'type' AS source_author_type,
    source ->> 'delivered_as' AS source_delivered_as,
    source ->> 'type' AS source_type,
    source ->> 'subject' AS source_subject,
    sla_applied ->> 'sla_name' AS sla_name,
    sla_applied ->> 'sla_status' AS sla_status,
    true AS _fivetran_active, updated_at AS _fivetran_synced
FROM main.conversations;

CREATE OR REPLACE VIEW fivetran.conversation_part_history AS
SELECT
    id, part_type, conversation_id, body, created_at, updated_at, conversation_updated_at,
    author ->> 'id' AS author_id,
    author ->> 'type' AS author_type,
    assigned_to ->> 'id' AS assigned_to_id,
    assigned_to ->> 'type' AS assigned_to_type,
    true AS _fivetran_active, updated_at AS _fivetran_synced
FROM main.conversation_parts;

CREATE OR REPLACE VIEW fivetran.conversation_tag_history AS
SELECT
    conversation_id, conversation_updated_at, id AS tag_id,
    true AS _fivetran_active, conversation_updated_at AS _fivetran_synced
FROM main.conversation_tags;

CREATE OR REPLACE VIEW fivetran.tag AS
SELECT id, name, false AS _fivetran_deleted FROM main.tags;

CREATE OR REPLACE VIEW fivetran.team AS
SELECT id, name, false AS _fivetran_deleted FROM main.teams;

CREATE OR REPLACE VIEW fivetran.team_admin AS
SELECT team_id, admin_id, false AS _fivetran_deleted FROM main.team_admins;
