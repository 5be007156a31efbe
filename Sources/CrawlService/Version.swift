/// The version of daemon and CLI, in `--version`, the default user agent and `/v1/status`.
package enum Version {
    package static let current = "0.1.0"
}
