extension Schema {
    /// What a job says of what it lost, and the robots.txt that it asks for.
    static let sitemapLosses = """
        ALTER TABLE sitemap_document ADD COLUMN content_type TEXT;           -- of the answer; NULL = it had none
        -- From here on sitemap_document.state may be 4: read, and robots.txt of other hosts is awaited.
        ALTER TABLE sitemap_document ADD COLUMN pass INTEGER NOT NULL DEFAULT 0;  -- 1: only what was put off is read
        ALTER TABLE sitemap_document ADD COLUMN put_off BLOB;                -- origins, 8 bytes each, big end first
        CREATE INDEX sitemap_document_waiting ON sitemap_document (job, id) WHERE state = 0;
        CREATE INDEX sitemap_document_asking ON sitemap_document (job) WHERE state = 4;

        -- Entries that were rejected, by reason.
        CREATE TABLE sitemap_rejection (
            job INTEGER NOT NULL, reason TEXT NOT NULL, entries INTEGER NOT NULL,
            sample TEXT,                                     -- the first that has something to show
            PRIMARY KEY (job, reason)) WITHOUT ROWID;

        -- Origins whose robots.txt an open job waits for, or has waited for.
        CREATE TABLE sitemap_robots (
            job INTEGER NOT NULL, origin INTEGER NOT NULL, asked_at INTEGER NOT NULL,
            PRIMARY KEY (job, origin)) WITHOUT ROWID;
        """
}
