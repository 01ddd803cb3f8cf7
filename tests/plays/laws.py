"""What must hold in the database after each step: one statement per law, which finds whatever breaks it.

They are written from the law, not from the code: the instants of decisions, remedies and suspensions are compared with
each other as they stand. Parameters are the rules of the play: `mode`, `approval`, `rounds`.
"""

from __future__ import annotations

_DECIDED_AT = " UNION ALL ".join(
    f"SELECT id, application_id, {one} AS m, '{one}' AS step FROM decisions WHERE {one} IS NOT NULL"
    for one in ("proposed_at", "confirmed_at", "approved_at", "released_at", "told_at")
)
_PEOPLE = " UNION ALL ".join(
    f"SELECT {table}.{ref} AS about, {table}.{who} AS who, {table}.{at} AS at, '{table}.{who}' AS act FROM {table}"
    for table, ref, who, at in (
        ("decisions", "application_id", "proposed_by_id", "proposed_at"),
        ("decisions", "application_id", "confirmed_by_id", "confirmed_at"),
        ("decisions", "application_id", "approved_by_id", "approved_at"),
        ("objections", "application_id", "advised_by_id", "advised_at"),
        ("objections", "application_id", "proposed_by_id", "proposed_at"),
        ("objections", "application_id", "confirmed_by_id", "confirmed_at"),
    )
)
_REVIEWERS = " UNION ALL ".join(
    f"SELECT r.application_id AS about, x.{who} AS who, x.{at} AS at, '{table}.{who}' AS act"
    f" FROM {table} x JOIN reviews r ON r.id = x.review_id"
    for table, who, at in (
        ("findings", "found_by_id", "found_at"),
        ("findings", "agreed_by_id", "found_at"),
        ("joint_verdicts", "proposed_by_id", "proposed_at"),
        ("joint_verdicts", "agreed_by_id", "agreed_at"),
        ("remedy_requests", "released_by_id", "requested_at"),
        ("finding_drafts", "user_id", "saved_at"),
    )
)

LAWS: dict[str, str] = {
    "a decision is told after two people decided it, and a release": """
        SELECT id FROM decisions WHERE confirmed_by_id = proposed_by_id
          OR told_at IS NOT NULL AND (confirmed_by_id IS NULL OR released_at IS NULL OR told_at < released_at)
          OR released_at IS NOT NULL AND (confirmed_at IS NULL OR released_at < confirmed_at)
          OR confirmed_at < proposed_at""",
    "where somebody approves, that is a third, before the release": """
        SELECT d.id FROM decisions d WHERE d.released_at IS NOT NULL AND d.sequence = 1
          AND (:approval = 'all' OR :approval = 'refusals' AND EXISTS (SELECT 1 FROM decisions o
            WHERE o.application_id = d.application_id AND o.sequence = 1 AND o.outcome = 'refused'))
          AND (d.approved_by_id IS NULL OR d.approved_by_id IN (d.proposed_by_id, d.confirmed_by_id)
            OR d.approved_at > d.released_at)""",
    "nothing is decided while the term of the decision stands still": f"""
        SELECT d.step, d.m FROM ({_DECIDED_AT}) d JOIN term_suspensions s ON s.application_id = d.application_id
        WHERE s.term = 'decision' AND d.m >= s.begun_at AND (s.ended_at IS NULL OR d.m < s.ended_at)""",
    "nothing is decided while a remedy runs": f"""
        SELECT d.step, d.m FROM ({_DECIDED_AT}) d JOIN reviews r ON r.application_id = d.application_id
        JOIN remedy_requests q ON q.review_id = r.id
        WHERE d.m >= q.requested_at AND (coalesce(q.answered_at, q.expired_at) IS NULL
          OR d.m < coalesce(q.answered_at, q.expired_at))""",
    "nobody acts in a dossier in which that person has an interest": f"""
        SELECT p.act FROM ({_PEOPLE} UNION ALL {_REVIEWERS}) p
        JOIN conflicts c ON c.application_id = p.about AND c.user_id = p.who WHERE p.at > c.declared_at""",
    "no dossier that is in work is left with somebody who has an interest in it": """
        SELECT r.id FROM reviews r JOIN conflicts c ON c.application_id = r.application_id AND c.user_id = r.first_by_id
        WHERE r.state <> 'confirmed'""",
    "every chosen cell has one decision as soon as it is proposed, and none before": """
        SELECT r.id FROM reviews r
        WHERE (SELECT count(*) FROM decisions d WHERE d.application_id = r.application_id AND d.superseded_at IS NULL)
          <> CASE WHEN r.state IN ('proposed', 'confirmed') THEN (SELECT count(*) FROM selections s
            WHERE s.application_id = r.application_id) ELSE 0 END""",
    "what is proposed waits for its confirmation, what is confirmed was confirmed whole": """
        SELECT r.id FROM reviews r JOIN decisions d ON d.application_id = r.application_id
        WHERE (r.state = 'confirmed') <> (d.confirmed_at IS NOT NULL)""",
    "an application is decided with its review, and has a letter on its way from then on": """
        SELECT r.id FROM reviews r JOIN applications a ON a.id = r.application_id
        LEFT JOIN letter_drafts l ON l.application_id = a.id
        WHERE (r.state = 'confirmed') <> (a.state = 'decided') OR (r.state = 'confirmed') <> (l.id IS NOT NULL)""",
    "a letter was told exactly when its decisions were": """
        SELECT a.id FROM applications a
        WHERE EXISTS (SELECT 1 FROM decision_letters l WHERE l.application_id = a.id AND l.kind = 'decision')
          <> EXISTS (SELECT 1 FROM decisions d WHERE d.application_id = a.id AND d.told_at IS NOT NULL)
        UNION ALL SELECT l.id FROM letter_drafts l JOIN decisions d ON d.application_id = l.application_id
        WHERE (l.state = 'told') <> (d.told_at IS NOT NULL)""",
    "a changed letter goes out when a second person read the change": """
        SELECT id FROM letter_drafts WHERE state IN ('approved', 'released', 'told') AND passages <> '{}'
          AND (agreed_by_id IS NULL OR agreed_by_id = edited_by_id)""",
    "a dossier waits for a remedy exactly while one runs, and one at a time": """
        SELECT r.id FROM reviews r WHERE (r.state = 'remedy') <> (SELECT count(*) FROM remedy_requests q
          WHERE q.review_id = r.id AND q.answered_at IS NULL AND q.expired_at IS NULL)""",
    "remedy is asked as often as was published, by two": """
        SELECT review_id FROM remedy_requests GROUP BY review_id HAVING count(*) > :rounds
        UNION ALL SELECT id FROM remedy_requests WHERE released_by_id IS NULL OR released_by_id = requested_by_id""",
    "remedy is asked where the verdict that counted said so, and nowhere else": """
        SELECT i.id FROM remedy_items i JOIN remedy_requests q ON q.id = i.remedy_id
        WHERE 'remedy' <> (SELECT f.verdict FROM findings f WHERE f.review_id = q.review_id
          AND f.requirement_id = i.requirement_id AND f.lot_id IS i.lot_id AND f.party_id IS i.party_id
          AND f.found_at < q.requested_at ORDER BY f.sequence DESC LIMIT 1)""",
    "a joint verdict is of the two who differed, about what stood then": """
        SELECT f.id FROM findings f JOIN joint_verdicts j ON j.finding_id = f.id
        WHERE f.agreed_by_id IS NULL OR f.agreed_by_id = f.found_by_id OR EXISTS (SELECT 1 FROM findings n
          WHERE n.review_id = f.review_id AND n.requirement_id = f.requirement_id AND n.lot_id IS f.lot_id
          AND n.party_id IS f.party_id AND n.found_at > j.proposed_at AND n.found_at < f.found_at)""",
    "where a second reviewer screens first, that one confirmed after finishing": """
        SELECT d.id FROM decisions d JOIN reviews r ON r.application_id = d.application_id
        WHERE d.confirmed_at IS NOT NULL AND d.sequence = 1
          AND (:mode = 'all' OR :mode = 'refusals' AND EXISTS (SELECT 1 FROM decisions o
            WHERE o.application_id = d.application_id AND o.sequence = 1 AND o.outcome = 'refused'))
          AND NOT EXISTS (SELECT 1 FROM side_reviews s WHERE s.review_id = r.id AND s.kind = 'second'
            AND s.user_id = d.confirmed_by_id AND s.finished_at <= d.confirmed_at)""",
    "a shadow decides nothing": """
        SELECT d.id FROM decisions d JOIN shadow_reviewers s ON s.user_id IN (d.proposed_by_id, d.confirmed_by_id)
        WHERE s.ended_at IS NULL AND (d.proposed_by_id = s.user_id AND d.proposed_at > s.named_at
          OR d.confirmed_by_id = s.user_id AND d.confirmed_at > s.named_at)""",
    "an objection is to a refusal that was told, within its term or marked as late": """
        SELECT o.id FROM objections o JOIN decision_letters l ON l.id = o.letter_id
        WHERE o.filed_at < l.sent_at OR NOT EXISTS (SELECT 1 FROM decisions d WHERE d.application_id = o.application_id
          AND d.sequence = 1 AND d.outcome = 'refused')""",
    "who advises on an objection found and decided nothing, and does not decide on it": """
        SELECT o.id FROM objections o JOIN reviews r ON r.application_id = o.application_id
        WHERE o.advised_by_id IS NOT NULL AND (o.advised_by_id IN (o.proposed_by_id, o.confirmed_by_id)
          OR EXISTS (SELECT 1 FROM decisions d WHERE d.application_id = o.application_id AND d.objection_id IS NULL
            AND o.advised_by_id IN (d.proposed_by_id, d.confirmed_by_id, d.approved_by_id))
          OR EXISTS (SELECT 1 FROM findings f WHERE f.review_id = r.id
            AND o.advised_by_id IN (f.found_by_id, f.agreed_by_id)))""",
    "an objection is decided by two, after advice, with a letter": """
        SELECT id FROM objections WHERE state = 'decided' AND (advised_at IS NULL OR advised_at > proposed_at
          OR confirmed_by_id IS NULL OR confirmed_by_id = proposed_by_id OR outcome_letter_id IS NULL)""",
    "what an objection revises stands in the place of what it was about, and nothing else does": """
        SELECT d.id FROM decisions d LEFT JOIN objections o ON o.id = d.objection_id
        WHERE d.sequence > 1 AND (o.id IS NULL OR o.state <> 'decided' OR d.outcome <> 'admitted'
          OR o.outcome NOT IN ('founded', 'partly') OR d.told_at <> o.confirmed_at)
        UNION ALL SELECT min(id) FROM decisions WHERE superseded_at IS NULL
          GROUP BY application_id, product_id, municipality_id HAVING count(*) > 1""",
    "nobody hears of a decision by mail before it was told": """
        SELECT m.id FROM messages m WHERE m.template = 'decision' AND NOT EXISTS (SELECT 1 FROM decision_letters l
          WHERE m.reason LIKE 'decision:' || l.application_id || ':%' AND l.sent_at <= m.created_at)
        UNION ALL SELECT m.id FROM messages m WHERE m.template = 'objection_decided' AND NOT EXISTS (
          SELECT 1 FROM objections o WHERE o.state = 'decided' AND m.reason LIKE 'objection:' || o.id || ':%')""",
    "no agreement is made of what was not told, or while an objection is pending": """
        SELECT g.id FROM agreements g WHERE NOT EXISTS (SELECT 1 FROM decision_letters l
            WHERE l.application_id = g.application_id AND l.sent_at <= g.made_at)
          OR EXISTS (SELECT 1 FROM objections o WHERE o.application_id = g.application_id
            AND o.filed_at < g.made_at AND coalesce(o.confirmed_at, o.withdrawn_at, '9999') > g.made_at)""",
    "an objection of the integrity check is decided by two, after the person concerned could answer": """
        SELECT f.id FROM integrity_files f WHERE f.result = 'objection' AND (f.decided_by_id IS NULL
          OR f.proposed_by_id IS NULL OR f.decided_by_id = f.proposed_by_id OR f.hearing_until IS NULL)
        UNION ALL SELECT c.id FROM integrity_checks c WHERE c.outcome = 'objection'
          AND NOT EXISTS (SELECT 1 FROM integrity_files f WHERE f.check_id = c.id AND f.result = 'objection')
        UNION ALL SELECT c.id FROM integrity_checks c JOIN integrity_files f ON f.check_id = c.id
          WHERE c.outcome = 'no_objection' AND f.result <> 'no_objection'""",
    "nothing is proposed while the integrity check is pending, and an objection of it refuses": """
        SELECT d.id FROM decisions d JOIN integrity_checks c ON c.application_id = d.application_id
        WHERE c.outcome = 'pending' OR c.recorded_at > d.proposed_at
          OR c.outcome = 'objection' AND d.outcome <> 'refused' AND d.objection_id IS NULL""",
    "the log does not say that a term stands still because of the integrity check, nor by whom": """
        SELECT e.id FROM audit_events e WHERE e.act IN ('suspend_term', 'resume_term')
          AND (e.details LIKE '%integrity%' OR e.actor_id IN (:bram, :dina))""",
    "an integrity suspension keeps no reason": """
        SELECT id FROM term_suspensions WHERE kind = 'integrity' AND (reason <> '' OR end_reason <> '')""",
}

FROZEN: dict[str, str] = {
    "findings": "SELECT id, * FROM findings",
    "own verdicts": "SELECT id, * FROM side_verdicts",
    "what was told": """SELECT id, application_id, product_id, municipality_id, outcome, reason, proposed_at,
        proposed_by_id, confirmed_at, confirmed_by_id, approved_at, approved_by_id, released_at, told_at, sequence,
        objection_id FROM decisions WHERE told_at IS NOT NULL""",
    "what was superseded": "SELECT id, superseded_at FROM decisions WHERE superseded_at IS NOT NULL",
    "letters": "SELECT id, number, kind, sequence, facts, sent_at FROM decision_letters",
    "first openings": "SELECT id, opened_at FROM decision_letters WHERE opened_at IS NOT NULL",
    "releases": "SELECT id, * FROM decision_releases",
    "remedies as asked": "SELECT id, review_id, requested_at, requested_by_id, released_by_id FROM remedy_requests",
    "questions": "SELECT id, remedy_id, requirement_id, lot_id, party_id, question FROM remedy_items",
    "answers": """SELECT i.id, i.explanation, q.answered_at, q.expired_at FROM remedy_items i
        JOIN remedy_requests q ON q.id = i.remedy_id WHERE coalesce(q.answered_at, q.expired_at) IS NOT NULL""",
    "documents of remedies": "SELECT id, * FROM remedy_documents",
    "objections as filed": "SELECT id, letter_id, number, grounds, received_on, filed_at, filed_by_id FROM objections",
    "arguments": "SELECT id, * FROM objection_points",
    "objections that were decided": "SELECT id, * FROM objections WHERE state = 'decided'",
    "suspensions that are over": "SELECT id, * FROM term_suspensions WHERE ended_at IS NOT NULL",
    "papers of the compartment": "SELECT id, storage_key, kind, made_at, made_by_id FROM integrity_papers",
    "reads of the compartment": "SELECT id, * FROM integrity_reads",
    "outcomes of the compartment": "SELECT id, outcome, recorded_at FROM integrity_checks WHERE outcome <> 'pending'",
    "looks at signals": "SELECT id, * FROM signal_looks",
    "explanations of differences": "SELECT id, * FROM treatment_explanations",
}
"""Rows that never change and never go, once they are there: an id, and all that stays as it was."""
