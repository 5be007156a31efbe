import ControlAPI

/// The daemon's version, in `--version`, the default user agent and `/v1/status`.
package enum Version {
    package static let current = ProductVersion.current
}
