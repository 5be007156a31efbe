extension Schema {
    /// Marks of an earlier version have rechecks that double: `hastenRechecks` goes over them once, from the lowest id on.
    static let rechecksByAge = """
        INSERT OR REPLACE INTO fact SELECT 'rechecks_after', -9223372036854775808
            WHERE EXISTS (SELECT 1 FROM health WHERE phase = 3);
        """
}
