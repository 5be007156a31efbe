extension Schema {
    /// Origins that an edge keeps from us by a code of its own.
    static let edgeThrottled = """
        ALTER TABLE block ADD COLUMN edge_code INTEGER;       -- see EdgeThrottle; NULL = none, or another answer since
        ALTER TABLE block ADD COLUMN edge_since INTEGER;      -- the first answer with the code
        ALTER TABLE block ADD COLUMN edge_wait_ms INTEGER;    -- what the last one made us wait
        """
}
