extension Schema {
    /// Conditional requests that fail.
    static let conditional = """
        -- The first failing answer of the streak was to a conditional request: 1 = it does not count yet.
        ALTER TABLE health ADD COLUMN held_back INTEGER NOT NULL DEFAULT 0;
        -- See ValidatorTrust: faults since a conditional request was good; asked without validators before, NULL = with.
        ALTER TABLE content ADD COLUMN conditional_faults INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE content ADD COLUMN plain_until INTEGER;
        """
}
