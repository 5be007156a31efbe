extension Schema {
    /// What was in flight when the daemon ended by faults of its own.
    static let suspects = """
        -- One row a ticket: a URL's number, or that of a robots.txt.
        CREATE TABLE suspect (
            ticket INTEGER PRIMARY KEY,
            last_end_at INTEGER NOT NULL,
            ends INTEGER NOT NULL,                   -- 2 and more: a suspect, asked alone
            level INTEGER NOT NULL,                  -- how often it was put back
            put_back_until INTEGER);                 -- not asked before; NULL = it never was
        """
}
