/// `daemon`: where the state lives.
package struct DaemonConfig: Hashable, Sendable {
    /// Holds `frontier.sqlite`; created if absent. Relative paths count from the working directory.
    package var stateDirectory = "/var/lib/crawld"

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.string("state_dir", &stateDirectory)
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("daemon")
        check.require(
            !stateDirectory.isEmpty && !stateDirectory.utf8.contains(0), "state_dir", stateDirectory,
            "must be the path of a directory")
        return check.faults
    }
}
