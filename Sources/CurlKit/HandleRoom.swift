internal import CCurl

/// Memory of ours that libcurl holds pointers to while a handle lives. Handles that follow each other can have the same.
package final class HandleRoom {
    /// libcurl's words on what went wrong.
    let errorText: UnsafeMutablePointer<CChar>
    /// Who is asked about addresses.
    let gate: UnsafeMutablePointer<crawld_socket_gate>

    package init() {
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        gate = .allocate(capacity: 1)
        gate.initialize(to: crawld_socket_gate())
    }

    deinit {
        errorText.deallocate()
        gate.deallocate()
    }
}
