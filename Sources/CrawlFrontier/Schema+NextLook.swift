extension Schema {
    /// The mark that is looked at first is one seek away.
    static let nextLook = """
        CREATE INDEX health_look ON health (due_at) WHERE phase = 3 AND due_at IS NOT NULL;
        """
}
