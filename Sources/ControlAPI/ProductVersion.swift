/// The version of daemon and command line, which are released together.
package enum ProductVersion {
    package static let current = "0.1.0"
}
