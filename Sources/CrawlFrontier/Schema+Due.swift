extension Schema {
    /// What `status` tells of due and held work: kept, not counted.
    static let dueByMinute = """
        -- URLs by the minute since 1970 in which they become due, of ordinary and health traffic; see DueTable. Minutes
        -- without any have no row.
        CREATE TABLE due (minute INTEGER PRIMARY KEY, urls INTEGER NOT NULL);
        -- How far the rows of before this table are counted in it; gone when all are, see DueFill.
        INSERT OR REPLACE INTO fact SELECT 'due_filled_url', -1 WHERE EXISTS (SELECT 1 FROM url);
        INSERT OR REPLACE INTO fact SELECT 'due_filled_health', -1 WHERE EXISTS (SELECT 1 FROM health WHERE id >= 0);
        -- Origins that are held, by what users are told.
        INSERT OR REPLACE INTO fact SELECT 'held_origins_' || CASE WHEN reasons & 10 <> 0 THEN 'origin-broken'
            WHEN reasons & 16 <> 0 THEN 'soft-blocked' WHEN reasons & 1 <> 0 THEN 'robots-unreachable'
            ELSE 'origin-suspect' END, count(*) FROM hold GROUP BY 1;
        """
}
