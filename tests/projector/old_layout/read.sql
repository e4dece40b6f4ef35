PRAGMA user_version = 0;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE generations (
	number INTEGER NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	started_at VARCHAR(27) NOT NULL, 
	ended_at VARCHAR(27), 
	position BIGINT NOT NULL, 
	note VARCHAR(500) NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "generations" VALUES(1,'live','2026-11-29T09:30:16.388658Z',NULL,0,'');
CREATE TABLE live_generation (
	id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "live_generation" VALUES(1,1);
CREATE TABLE rebuild_requests (
	id VARCHAR(36) NOT NULL, 
	asked_by VARCHAR(40) NOT NULL, 
	asked_at VARCHAR(27) NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	generation INTEGER, 
	ended_at VARCHAR(27), 
	note VARCHAR(500) NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE repairs (
	id VARCHAR(36) NOT NULL, 
	stream VARCHAR(160) NOT NULL, 
	found_at VARCHAR(27) NOT NULL, 
	what TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE sessions (
	token VARCHAR(64) NOT NULL, 
	handle VARCHAR(40) NOT NULL, 
	opened_at VARCHAR(27) NOT NULL, 
	expires_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (token)
);
CREATE TABLE token_uses (
	token VARCHAR(36) NOT NULL, 
	used_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (token)
);
CREATE INDEX sessions_of_handle ON sessions (handle);
CREATE INDEX sessions_expired ON sessions (expires_at);
CREATE INDEX repairs_found ON repairs (found_at);
CREATE INDEX rebuild_requests_waiting ON rebuild_requests (state, id);
COMMIT;
