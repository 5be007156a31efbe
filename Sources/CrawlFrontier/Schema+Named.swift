extension Schema {
    /// Incidents that are named by the end of their numbers, and what was told of each.
    static let named = """
        CREATE INDEX incident_short ON incident (substr(id, -6));
        CREATE INDEX alert_incident ON alert (incident);
        """
}
