extension Schema {
    /// Robots.txt files that an edge keeps behind challenges: their origins share an incident.
    static let challenges = """
        -- Edges that challenge, each with its open incident.
        CREATE TABLE challenge (
            edge INTEGER PRIMARY KEY,
            incident TEXT NOT NULL,
            origins INTEGER NOT NULL,                -- how many it challenges
            seq INTEGER,                             -- the first message; NULL = it was told before
            gathers_until INTEGER NOT NULL);         -- nobody is sent that before
        CREATE TABLE challenged (origin INTEGER PRIMARY KEY, edge INTEGER NOT NULL);
        CREATE INDEX challenged_edge ON challenged (edge, origin);
        """
}
