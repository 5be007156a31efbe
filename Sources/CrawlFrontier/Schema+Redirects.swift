extension Schema {
    /// Pages that are got in another spelling than the URL's own.
    static let respelled = """
        ALTER TABLE content ADD COLUMN asked_as TEXT;  -- path and query; NULL = as the URL is written
        """
}
