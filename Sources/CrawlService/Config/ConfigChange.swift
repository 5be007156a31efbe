import CrawlCore

/// What a reload finds changed since the daemon started, by the keys' names in the file.
struct ConfigChange: Hashable {
    /// In force now.
    var inForce: [String] = []
    /// These wait for the next start.
    var restart: [String] = []

    init(from old: Config, to new: Config) {
        let (old, new) = (old.values, new.values)
        for key in Set(old.keys).union(new.keys).sorted() where old[key] != new[key] {
            if Self.isLive(key) { inForce.append(key) } else { restart.append(key) }
        }
    }

    /// For people.
    var text: String {
        let parts = [
            inForce.isEmpty
                ? "" : inForce.joined(separator: ", ") + (inForce.count == 1 ? " is" : " are") + " in force",
            restart.isEmpty
                ? "nothing waits for a restart"
                : restart.joined(separator: ", ") + (restart.count == 1 ? " waits" : " wait") + " for a restart",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "; ")
    }

    /// `CrawlLoop.apply` and the log take them as they come; all else was built into the parts at the start.
    private static func isLive(_ key: String) -> Bool {
        let sections = ["politeness.", "budget.", "robots.", "recrawl.", "storm.", "health."]
        let others = ["log.level", "fetch.chain_cookies", "dns.cache", "dns.min_ttl", "dns.max_ttl"]
        return key != "health.resolve_hold" && (others.contains(key) || sections.contains { key.hasPrefix($0) })
    }
}

extension Config {
    /// By key. What the operator names himself is one value: all profiles, all policies.
    fileprivate var values: [String: String] {
        let reader = ConfigReader(ConfigDocument(text: "", file: ""), file: "")
        var copy = self
        copy.read(reader)
        var values = reader.values
        values["profiles"] = "\(softBlock.profiles)"
        values["health.policies"] = "\(health.policies.sorted { $0.key.rawValue < $1.key.rawValue })"
        return values
    }
}
