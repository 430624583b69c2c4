-- Who waits to be let into a group. kind: 0 applies, 2 is invited by applicant.
-- Times are Unix milliseconds.

CREATE TABLE application (
	id             {identity},
	sdkappid       BIGINT NOT NULL,
	conversation   BIGINT NOT NULL,
	kind           BIGINT NOT NULL,
	applicant      TEXT NOT NULL,
	joiner         TEXT NOT NULL,
	note           TEXT NOT NULL,
	authentication TEXT NOT NULL,
	added_at       BIGINT NOT NULL,
	UNIQUE (conversation, kind, joiner)
);
CREATE INDEX application_by_place ON application (conversation, id);
CREATE INDEX application_by_joiner ON application (sdkappid, joiner);
CREATE INDEX application_by_applicant ON application (sdkappid, applicant, id);
CREATE INDEX application_by_age ON application (added_at);
