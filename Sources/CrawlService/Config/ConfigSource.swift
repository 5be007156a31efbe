/// Where a process's configuration comes from: a file and what the command line and the environment put over it. Kept, so
/// that a reload reads the same again.
package struct ConfigSource: Hashable, Sendable {
    /// nil means `Config.defaultPath`, which need not exist.
    package var file: String?

    /// nil leaves the file's. Each of these comes from the command line.
    package var stateDirectory: String?
    package var socket: String?
    package var logLevel: LogConfig.Level?
    package var logFormat: LogConfig.Format?

    /// `$STATE_DIRECTORY`: stands in for the default of `daemon.state_dir`, not for what the file says. Of several
    /// directories, separated by colons, the first counts.
    package var inheritedStateDirectory: String?

    package init() {}

    /// For people: the file's path, or that there is none.
    package var name: String { path ?? "built-in values (there is no \(Config.defaultPath))" }

    private var path: String? { file ?? (Config.exists(Config.defaultPath) ? Config.defaultPath : nil) }

    package func load() throws(ConfigFaults) -> Config {
        var config = Config.defaults
        if let path { config = try Config.load(path: path) }
        if let stateDirectory {
            config.daemon.stateDirectory = stateDirectory
        } else if config.daemon == Config.defaults.daemon,
            let first = inheritedStateDirectory?.split(separator: ":").first
        {
            config.daemon.stateDirectory = String(first)
        }
        if let socket { config.control.socket = socket }
        if let logLevel { config.log.level = logLevel }
        if let logFormat { config.log.format = logFormat }
        let faults = config.validate()
        guard faults.isEmpty else { throw ConfigFaults(faults) }
        return config
    }
}
