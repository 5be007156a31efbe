extension Schema {
    /// What is kept instead of counted: the URLs of an origin, and how far those of a hold are; and what finds old
    /// incidents.
    static let kept = """
        -- All URLs of the origin, whatever their state: kept, not counted.
        ALTER TABLE origin ADD COLUMN urls INTEGER NOT NULL DEFAULT 0;
        UPDATE origin SET urls = (SELECT count(*) FROM url
            WHERE url.id >= origin.id << 40 AND url.id <= (origin.id << 40 | 1099511627775));

        -- Up to which URL a hold's are counted in `urls`, while those are many; NULL = all of them.
        ALTER TABLE hold ADD COLUMN counted_to INTEGER;
        CREATE INDEX hold_uncounted ON hold (origin) WHERE counted_to IS NOT NULL;

        -- The incident of the same URL or origin before this one, as its facts say; it is kept as long as this one is open.
        ALTER TABLE incident ADD COLUMN previous TEXT;
        UPDATE incident SET previous = iif(json_valid(facts), json_extract(facts, '$.previous'), NULL);
        CREATE INDEX incident_previous ON incident (previous) WHERE closed_at IS NULL AND previous IS NOT NULL;
        CREATE INDEX incident_closed ON incident (closed_at) WHERE closed_at IS NOT NULL;
        """
}
