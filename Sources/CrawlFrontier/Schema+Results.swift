extension Schema {
    /// The result feed: a row a completed attempt.
    static let results = """
        -- In the order of the commits, without gaps; the fact results_head is the last that was ever given, and
        -- results_bytes how large those kept are. What is read with it is url_id's origin, meta and no more: the URL may
        -- be removed before its results are read.
        CREATE TABLE result (
            seq INTEGER PRIMARY KEY,
            url_id INTEGER NOT NULL,
            path TEXT NOT NULL,
            at INTEGER NOT NULL,
            answer INTEGER NOT NULL,                 -- as url.last_answer
            priority INTEGER NOT NULL,
            changed INTEGER,                         -- NULL = the answer is no page
            bytes INTEGER NOT NULL,
            digest BLOB,
            content_type TEXT,
            redirect TEXT,                           -- where the answer led
            event INTEGER,                           -- ResultEvent
            warc_file INTEGER,                       -- NULL = it is in no archive
            warc_offset INTEGER,
            warc_length INTEGER);
        -- Files that results name, with the last of those; a file goes with it.
        CREATE TABLE result_file (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, last_seq INTEGER NOT NULL);
        CREATE INDEX result_file_last ON result_file (last_seq);

        -- Who reads the feed and says how far: all up to `cursor` is done with. `incident` tells that it is about to lose
        -- some; NULL = it is not.
        CREATE TABLE result_consumer (
            name TEXT PRIMARY KEY, cursor INTEGER NOT NULL, made_at INTEGER NOT NULL, incident TEXT) WITHOUT ROWID;
        """
}
