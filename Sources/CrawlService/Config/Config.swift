import Foundation

/// Everything that the configuration file can say, one struct per section. A property's initial value is its default and
/// stands nowhere else; `config/crawld.yaml` is compared with it by a test.
package struct Config: Hashable, Sendable {
    package var daemon = DaemonConfig()
    package var control = ControlConfig()
    package var fetch = FetchConfig()
    package var dns = DNSConfig()
    package var politeness = PolitenessConfig()
    package var budget = BudgetConfig()
    package var robots = RobotsConfig()
    package var recrawl = RecrawlConfig()
    package var health = HealthConfig()
    package var softBlock = SoftBlockConfig()
    package var proxies = ProxiesConfig()
    package var storm = StormConfig()
    package var alerts = AlertsConfig()
    package var output = OutputConfig()
    package var log = LogConfig()

    package init() {}

    package static let defaults = Config()

    /// Where the daemon looks when no file is named; absent means defaults.
    package static let defaultPath = "/etc/crawld/crawld.yaml"

    /// Larger files are refused unread: 1 MiB.
    private static let maxFileSize = 1 << 20

    /// Reads and checks a file. Throws every fault at once; the caller keeps what it had.
    package static func load(path: String) throws(ConfigFaults) -> Config {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            let reason = access(path, R_OK) == 0 ? "not a readable file" : String(cString: strerror(errno))
            throw ConfigFaults([.init(file: path, allowed: "cannot be read: \(reason)")])
        }
        guard data.count <= maxFileSize else {
            throw ConfigFaults([.init(file: path, allowed: "must be at most 1MiB")])
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ConfigFaults([.init(file: path, allowed: "must be UTF-8 text")])
        }
        return try parse(text, file: path)
    }

    /// True for whatever stands at `path`, also what cannot be read: that is a fault, not an absence.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 || errno != ENOENT }

    /// `file` is only named in faults.
    package static func parse(_ text: String, file: String) throws(ConfigFaults) -> Config {
        let reader = ConfigReader(ConfigDocument(text: text, file: file), file: file)
        var config = Config()
        config.read(reader)
        reader.finish()
        let places = reader.places
        let misread = Set(reader.faults.compactMap(\.key))
        var faults = reader.faults
        for var fault in config.validate() {
            let keys = [fault.key].compactMap { $0 } + fault.related
            // A rule that looked at a default standing in for a misread value would mislead.
            guard misread.isDisjoint(with: keys) else { continue }
            fault.file = file
            fault.line = keys.lazy.compactMap { places[$0]?.line }.first
            if let key = fault.key, let written = places[key]?.text {
                fault = fault.showing(written)
            }
            faults.append(fault)
        }
        guard faults.isEmpty else {
            throw ConfigFaults(faults.sorted { ($0.line ?? .max) < ($1.line ?? .max) })
        }
        return config
    }

    /// Every value that is out of its range and every rule between values that does not hold.
    package func validate() -> [ConfigFault] {
        daemon.validate() + control.validate() + fetch.validate() + dns.validate() + politeness.validate()
            + budget.validate()
            + robots.validate() + recrawl.validate() + health.validate() + storm.validate() + softBlock.validate()
            + proxies.validate() + alerts.validate() + output.validate()
    }

    mutating func read(_ reader: ConfigReader) {
        reader.section("daemon") { daemon.read($0) }
        reader.section("control") { control.read($0) }
        reader.section("fetch") { fetch.read($0) }
        reader.section("dns") { dns.read($0) }
        reader.section("politeness") { politeness.read($0) }
        reader.section("budget") { budget.read($0) }
        reader.section("robots") { robots.read($0) }
        reader.section("recrawl") { recrawl.read($0) }
        reader.section("health") { health.read($0) }
        reader.section("soft_block") { softBlock.read($0) }
        reader.section("profiles") { softBlock.readProfiles($0) }
        reader.section("proxies", isSecret: true) { proxies.read($0) }
        reader.section("storm") { storm.read($0) }
        reader.section("alerts") { alerts.read($0) }
        reader.section("output") { output.read($0) }
        reader.section("log") { log.read($0) }
    }
}

extension ConfigFault {
    /// With the value as the file writes it (`60m`) instead of as it is printed (`1h`).
    fileprivate func showing(_ written: String) -> ConfigFault {
        guard value != nil else { return self }
        var fault = ConfigFault(file: file, line: line, key: key, value: written, allowed: allowed)
        fault.related = related
        return fault
    }
}
