"""How one dossier stands, read beside the portal: as far as choosing a likely move asks."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class View:
    """One dossier now.

    `first`, `second` and `joint` are people, by their key; '' for nobody: who screens, who gives own verdicts, who
    proposed the joint verdict that lies open. `left` counts places without a verdict, `wanted` those that ask remedy.
    `is_current`: the remedy that is prepared rests on the verdicts of now. `is_ready`: the decision can be released.
    """

    application: str
    review: str
    state: str
    first: str
    left: int
    wanted: int
    check: str
    file: str
    letter: str
    prepared: str
    remedy: str
    remedies: int
    still: int
    objection: str
    told: bool
    refused: bool
    second: str
    second_done: bool
    wants_second: bool
    joint: str
    differs: bool
    may_remedy: bool
    is_current: bool
    inkopers: int
    is_ready: bool
    interests: int


LAST = (
    "SELECT requirement_id || coalesce(lot_id, '') || coalesce(party_id, ''), verdict, product_codes, agreed_by_id,"
    " sequence FROM findings WHERE review_id = ? ORDER BY sequence"
)
"""Place and verdict; as a dictionary the last one of each place is left."""
OWN = (
    "SELECT v.requirement_id || coalesce(v.lot_id, '') || coalesce(v.party_id, ''), v.verdict, v.product_codes"
    " FROM side_verdicts v JOIN side_reviews s ON s.id = v.side_id"
    " WHERE s.review_id = ? AND s.kind = 'second' AND s.ended_at IS NULL ORDER BY v.sequence"
)
INKOPERS_NOW = """
SELECT u.user_id FROM user_roles u JOIN interest_declarations d ON d.user_id = u.user_id
WHERE u.role = 'inkoper' AND NOT EXISTS (SELECT 1 FROM conflicts c WHERE c.user_id = u.user_id
  AND c.application_id = :application)
  AND NOT EXISTS (SELECT 1 FROM shadow_reviewers s WHERE s.user_id = u.user_id AND s.ended_at IS NULL)
"""

VIEW = """
SELECT r.state, r.first_by_id,
  (SELECT outcome FROM integrity_checks WHERE application_id = r.application_id),
  (SELECT f.state FROM integrity_files f JOIN integrity_checks c ON c.id = f.check_id
    WHERE c.application_id = r.application_id AND f.position = 0),
  coalesce((SELECT state FROM letter_drafts WHERE application_id = r.application_id), ''),
  coalesce((SELECT id FROM remedy_drafts WHERE review_id = r.id), ''),
  coalesce((SELECT id FROM remedy_requests WHERE review_id = r.id AND answered_at IS NULL AND expired_at IS NULL), ''),
  (SELECT count(*) FROM remedy_requests WHERE review_id = r.id),
  (SELECT count(*) FROM term_suspensions WHERE application_id = r.application_id AND ended_at IS NULL),
  coalesce((SELECT state FROM objections WHERE application_id = r.application_id AND state <> 'withdrawn'), ''),
  EXISTS (SELECT 1 FROM decision_letters WHERE application_id = r.application_id),
  EXISTS (SELECT 1 FROM decisions WHERE application_id = r.application_id AND superseded_at IS NULL
    AND outcome = 'refused'),
  (SELECT user_id FROM side_reviews WHERE review_id = r.id AND kind = 'second' AND ended_at IS NULL),
  EXISTS (SELECT 1 FROM side_reviews WHERE review_id = r.id AND kind = 'second' AND ended_at IS NULL
    AND finished_at IS NOT NULL),
  (SELECT proposed_by_id FROM joint_verdicts WHERE review_id = r.id AND agreed_at IS NULL AND withdrawn_at IS NULL),
  (SELECT count(*) FROM conflicts WHERE application_id = r.application_id)
FROM reviews r WHERE r.id = :review AND r.application_id = :application
"""
