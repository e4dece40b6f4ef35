PRAGMA user_version = 0;
BEGIN TRANSACTION;
CREATE TABLE accounts (
	handle VARCHAR(40) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	bio TEXT NOT NULL, 
	roles VARCHAR(100) NOT NULL, 
	suspended BOOLEAN NOT NULL, 
	suspended_reason VARCHAR(500), 
	version INTEGER NOT NULL, 
	joined_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (handle)
);
INSERT INTO "accounts" VALUES('ann','','','',0,NULL,1,'2026-11-29T09:30:16.483762Z');
INSERT INTO "accounts" VALUES('bob','','','',0,NULL,1,'2026-11-29T09:30:16.486607Z');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE author_counts (
	author VARCHAR(40) NOT NULL, 
	posts INTEGER NOT NULL, 
	comments INTEGER NOT NULL, 
	PRIMARY KEY (author)
);
INSERT INTO "author_counts" VALUES('ann',2,0);
INSERT INTO "author_counts" VALUES('bob',0,2);
CREATE TABLE checkpoints (
	partition INTEGER NOT NULL, 
	next_offset BIGINT NOT NULL, 
	position BIGINT NOT NULL, 
	epoch INTEGER NOT NULL, 
	PRIMARY KEY (partition)
);
INSERT INTO "checkpoints" VALUES(0,9,8,1);
CREATE TABLE comments (
	id VARCHAR(36) NOT NULL, 
	post VARCHAR(36) NOT NULL, 
	parent VARCHAR(36), 
	root VARCHAR(36) NOT NULL, 
	depth INTEGER NOT NULL, 
	author VARCHAR(40) NOT NULL, 
	body TEXT NOT NULL, 
	likes INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	text_version INTEGER NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	edited_at VARCHAR(27), 
	edited_by VARCHAR(40), 
	edit_reason VARCHAR(500), 
	removed BOOLEAN NOT NULL, 
	removed_by VARCHAR(40), 
	removed_reason VARCHAR(500), 
	PRIMARY KEY (id)
);
INSERT INTO "comments" VALUES('01a226a4-122a-7e42-ae44-92bf623717be','01a226a4-1228-71ec-994a-8cb940391ea4',NULL,'01a226a4-122a-7e42-ae44-92bf623717be',0,'bob','well hello @ann',0,1,1,'2026-11-29T09:30:16.490515Z',NULL,NULL,NULL,0,NULL,NULL);
INSERT INTO "comments" VALUES('01a226a4-122e-7cb8-b05f-7b1cecde5d5b','01a226a4-122d-797e-bc68-f34c65dece8b',NULL,'01a226a4-122e-7cb8-b05f-7b1cecde5d5b',0,'bob','well hello @ann',0,1,1,'2026-11-29T09:30:16.494186Z',NULL,NULL,NULL,0,NULL,NULL);
CREATE TABLE dead_letters (
	stream VARCHAR(160) NOT NULL, 
	version INTEGER NOT NULL, 
	commit_id VARCHAR(36) NOT NULL, 
	error TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	parked_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (stream)
);
CREATE TABLE history (
	stream VARCHAR(64) NOT NULL, 
	version INTEGER NOT NULL, 
	type VARCHAR(40) NOT NULL, 
	actor VARCHAR(40) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	reason VARCHAR(500), 
	title VARCHAR(300), 
	body TEXT, 
	url VARCHAR(2000), 
	erased BOOLEAN NOT NULL, 
	detail TEXT NOT NULL, 
	PRIMARY KEY (stream, version)
);
INSERT INTO "history" VALUES('account-ann',1,'AccountRegistered','ann','2026-11-29T09:30:16.483762Z',NULL,NULL,NULL,NULL,0,'{}');
INSERT INTO "history" VALUES('account-bob',1,'AccountRegistered','bob','2026-11-29T09:30:16.486607Z',NULL,NULL,NULL,NULL,0,'{}');
INSERT INTO "history" VALUES('comment-01a226a4-122a-7e42-ae44-92bf623717be',1,'CommentAdded','bob','2026-11-29T09:30:16.490515Z',NULL,NULL,'well hello @ann',NULL,0,'{}');
INSERT INTO "history" VALUES('comment-01a226a4-122e-7cb8-b05f-7b1cecde5d5b',1,'CommentAdded','bob','2026-11-29T09:30:16.494186Z',NULL,NULL,'well hello @ann',NULL,0,'{}');
INSERT INTO "history" VALUES('post-01a226a4-1228-71ec-994a-8cb940391ea4',1,'PostPublished','ann','2026-11-29T09:30:16.488458Z',NULL,'One','words #tag','',0,'{}');
INSERT INTO "history" VALUES('post-01a226a4-122d-797e-bc68-f34c65dece8b',1,'PostPublished','ann','2026-11-29T09:30:16.493513Z',NULL,'Two','words #tag','',0,'{}');
CREATE TABLE likes (
	stream VARCHAR(96) NOT NULL, 
	target VARCHAR(44) NOT NULL, 
	handle VARCHAR(40) NOT NULL, 
	PRIMARY KEY (stream)
);
INSERT INTO "likes" VALUES('like-post-01a226a4-1228-71ec-994a-8cb940391ea4-bob','post-01a226a4-1228-71ec-994a-8cb940391ea4','bob');
INSERT INTO "likes" VALUES('like-post-01a226a4-122d-797e-bc68-f34c65dece8b-bob','post-01a226a4-122d-797e-bc68-f34c65dece8b','bob');
CREATE TABLE moderations (
	position BIGINT NOT NULL, 
	version INTEGER NOT NULL, 
	stream VARCHAR(64) NOT NULL, 
	PRIMARY KEY (position, version)
);
CREATE TABLE post_tags (
	tag VARCHAR(50) NOT NULL, 
	post VARCHAR(36) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	likes INTEGER NOT NULL, 
	comments INTEGER NOT NULL, 
	removed BOOLEAN NOT NULL, 
	PRIMARY KEY (tag, post)
);
INSERT INTO "post_tags" VALUES('tag','01a226a4-1228-71ec-994a-8cb940391ea4','2026-11-29T09:30:16.488458Z',1,1,0);
INSERT INTO "post_tags" VALUES('tag','01a226a4-122d-797e-bc68-f34c65dece8b','2026-11-29T09:30:16.493513Z',1,1,0);
CREATE TABLE posts (
	id VARCHAR(36) NOT NULL, 
	author VARCHAR(40) NOT NULL, 
	title VARCHAR(300) NOT NULL, 
	body TEXT NOT NULL, 
	url VARCHAR(2000) NOT NULL, 
	tags VARCHAR(1020) NOT NULL, 
	likes INTEGER NOT NULL, 
	comments INTEGER NOT NULL, 
	locked BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, 
	text_version INTEGER NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	edited_at VARCHAR(27), 
	edited_by VARCHAR(40), 
	edit_reason VARCHAR(500), 
	removed BOOLEAN NOT NULL, 
	removed_by VARCHAR(40), 
	removed_reason VARCHAR(500), 
	PRIMARY KEY (id)
);
INSERT INTO "posts" VALUES('01a226a4-1228-71ec-994a-8cb940391ea4','ann','One','words #tag','','tag',1,1,0,1,1,'2026-11-29T09:30:16.488458Z',NULL,NULL,NULL,0,NULL,NULL);
INSERT INTO "posts" VALUES('01a226a4-122d-797e-bc68-f34c65dece8b','ann','Two','words #tag','','tag',1,1,0,1,1,'2026-11-29T09:30:16.493513Z',NULL,NULL,NULL,0,NULL,NULL);
CREATE TABLE streams (
	stream VARCHAR(160) NOT NULL, 
	version INTEGER NOT NULL, 
	PRIMARY KEY (stream)
);
INSERT INTO "streams" VALUES('account-ann',1);
INSERT INTO "streams" VALUES('account-bob',1);
INSERT INTO "streams" VALUES('comment-01a226a4-122a-7e42-ae44-92bf623717be',1);
INSERT INTO "streams" VALUES('comment-01a226a4-122e-7cb8-b05f-7b1cecde5d5b',1);
INSERT INTO "streams" VALUES('like-post-01a226a4-1228-71ec-994a-8cb940391ea4-bob',1);
INSERT INTO "streams" VALUES('like-post-01a226a4-122d-797e-bc68-f34c65dece8b-bob',1);
INSERT INTO "streams" VALUES('post-01a226a4-1228-71ec-994a-8cb940391ea4',1);
INSERT INTO "streams" VALUES('post-01a226a4-122d-797e-bc68-f34c65dece8b',1);
CREATE TABLE tag_counts (
	tag VARCHAR(50) NOT NULL, 
	posts INTEGER NOT NULL, 
	PRIMARY KEY (tag)
);
INSERT INTO "tag_counts" VALUES('tag',2);
CREATE TABLE tokens (
	id VARCHAR(36) NOT NULL, 
	handle VARCHAR(40) NOT NULL, 
	label VARCHAR(80) NOT NULL, 
	scopes VARCHAR(100) NOT NULL, 
	issued_at VARCHAR(27) NOT NULL, 
	expires_at VARCHAR(27) NOT NULL, 
	revoked_at VARCHAR(27), 
	PRIMARY KEY (id)
);
CREATE INDEX comments_of_author ON comments (author, removed, created_at, id);
CREATE INDEX comments_of_post ON comments (post, created_at, id);
CREATE INDEX comments_of_root ON comments (root, created_at, id);
CREATE INDEX comments_removed ON comments (removed, created_at, id);
CREATE INDEX comments_roots ON comments (post, depth, created_at, id);
CREATE INDEX likes_of_target ON likes (target);
CREATE INDEX moderations_of_stream ON moderations (stream);
CREATE INDEX post_tags_discussed ON post_tags (tag, removed, comments, post);
CREATE INDEX post_tags_new ON post_tags (tag, removed, created_at, post);
CREATE INDEX post_tags_of_post ON post_tags (post);
CREATE INDEX post_tags_top ON post_tags (tag, removed, likes, post);
CREATE INDEX posts_discussed ON posts (removed, comments, id);
CREATE INDEX posts_new ON posts (removed, created_at, id);
CREATE INDEX posts_of_author_discussed ON posts (author, removed, comments, id);
CREATE INDEX posts_of_author_new ON posts (author, removed, created_at, id);
CREATE INDEX posts_of_author_top ON posts (author, removed, likes, id);
CREATE INDEX posts_top ON posts (removed, likes, id);
CREATE INDEX tag_counts_most ON tag_counts (posts DESC, tag);
CREATE INDEX tokens_of_handle ON tokens (handle, id);
COMMIT;
