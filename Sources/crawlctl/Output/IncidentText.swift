/// The names of incidents.
enum IncidentText {
    /// Characters that name one: its number's last, which are random; the first are of its time.
    static let short = 6

    static func short(_ id: String) -> String { String(id.suffix(short)) }
}
