extension Schema {
    /// Where pages stand in WARC files.
    static let archive = """
        -- An archive is a folder and a digest algorithm.
        CREATE TABLE archive (id INTEGER PRIMARY KEY, folder TEXT NOT NULL, digest TEXT NOT NULL, UNIQUE (folder, digest));

        -- Files that records of commits are in, each with the last of them: it is never cut below that one's end.
        CREATE TABLE archive_file (
            id INTEGER PRIMARY KEY,
            archive INTEGER NOT NULL,
            name TEXT NOT NULL,                      -- once it is closed; `.open` stands behind it before
            last_offset INTEGER NOT NULL,
            last_length INTEGER NOT NULL,
            UNIQUE (archive, name));

        -- The record of a URL's page.
        CREATE TABLE archived (
            id INTEGER PRIMARY KEY,
            file INTEGER NOT NULL,
            offset INTEGER NOT NULL,
            length INTEGER NOT NULL,
            record_id BLOB,                          -- 16 bytes; NULL = nothing may point at it
            at INTEGER NOT NULL,                     -- the record's date
            digest BLOB NOT NULL,                    -- SHA-256 of the body as received
            payload BLOB);                           -- the record's payload digest, SHA-1; NULL = `digest`
        """
}
