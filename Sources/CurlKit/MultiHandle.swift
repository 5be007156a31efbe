internal import CCurl

/// One libcurl multi handle, driven by socket events from outside (`curl_multi_socket_action(3)`).
///
/// Not thread-safe: it belongs to the queue of its owner. Neither of the two closures may call back into it: they only
/// note what libcurl wants.
package final class MultiHandle {
    /// What libcurl wants to hear of a socket.
    package struct Interest: OptionSet, Sendable {
        package let rawValue: Int32
        package init(rawValue: Int32) { self.rawValue = rawValue }
        package static let read = Interest(rawValue: 1)
        package static let write = Interest(rawValue: 2)
    }

    /// How a socket became ready.
    package struct Readiness: OptionSet, Sendable {
        package let rawValue: Int32
        package init(rawValue: Int32) { self.rawValue = rawValue }
        package static let read = Readiness(rawValue: 1)
        package static let write = Readiness(rawValue: 2)
        package static let failed = Readiness(rawValue: 4)
    }

    /// A finished request: the context its handle was given, and its `CURLcode`.
    package struct Done {
        package var context: UnsafeMutableRawPointer
        package var code: Int32
    }

    /// A socket that nobody watches: its request would hear nothing more.
    package struct Unwatched {
        /// Of the request that libcurl wanted it watched for; others may share it.
        package var context: UnsafeMutableRawPointer
        package var socket: Int32
        package var fault: SocketFault
    }

    private let raw: UnsafeMutableRawPointer
    private let calls: CallRecord
    private let watch: (_ socket: Int32, _ interest: Interest, _ isNew: Bool) -> SocketFault?
    private var unwatched: [Unwatched] = []
    private let timer: (_ milliseconds: Int?) -> Void

    /// `maxConnects` bounds the connections kept open, busy ones included (`CURLMOPT_MAXCONNECTS`): past it libcurl
    /// evicts in time linear to all origins ever seen, so it should never be reached. `watch` with an empty interest
    /// means the socket is to be forgotten; what it returns comes back from `takeUnwatched`. `timer`: call `timeout()` after so long; nil = no more. `calls` is told of each
    /// call that may read, write or close a socket.
    package init(
        maxConnects: Int, calls: CallRecord,
        watch: @escaping (_ socket: Int32, _ interest: Interest, _ isNew: Bool) -> SocketFault?,
        timer: @escaping (_ milliseconds: Int?) -> Void
    ) throws(CurlError) {
        try CurlLibrary.require()
        guard let raw = curl_multi_init() else { throw CurlError(CURLE_OUT_OF_MEMORY, "curl_multi_init") }
        self.raw = raw
        self.calls = calls
        self.watch = watch
        self.timer = timer
        let code = crawld_multi_setopt_callbacks(
            raw, onSocket, onTimer, Unmanaged.passUnretained(self).toOpaque())
        guard code == CURLM_OK else { throw CurlError(code, "callbacks") }
        let limit = crawld_multi_setopt_long(raw, CURLMOPT_MAXCONNECTS, maxConnects)
        guard limit == CURLM_OK else { throw CurlError(limit, "MAXCONNECTS") }
    }

    deinit { _ = calls.during { curl_multi_cleanup(raw) } }

    /// Starts the request that `easy` was prepared for, at the next `timeout()` or socket event. Throws also if `easy`
    /// must not serve another transfer.
    package func add(_ easy: EasyHandle) throws(CurlError) {
        try easy.noteTransfer()
        let code = curl_multi_add_handle(raw, easy.raw)
        guard code == CURLM_OK else { throw CurlError(code, "curl_multi_add_handle") }
    }

    /// Takes a request back, finished or not.
    package func remove(_ easy: EasyHandle) { _ = calls.during { curl_multi_remove_handle(raw, easy.raw) } }

    package func ready(_ socket: Int32, _ readiness: Readiness) {
        var running: Int32 = 0
        _ = calls.during { curl_multi_socket_action(raw, socket, readiness.rawValue, &running) }
    }

    /// The time given to `timer` has come, or the first request was added.
    package func timeout() {
        var running: Int32 = 0
        _ = calls.during { curl_multi_socket_action(raw, CURL_SOCKET_TIMEOUT, 0, &running) }
    }

    /// The next finished request; its handle still has to be removed.
    package func nextDone() -> Done? {
        var left: Int32 = 0
        while let message = curl_multi_info_read(raw, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            var context: UnsafeMutableRawPointer?
            guard crawld_getinfo_pointer(easy, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else { continue }
            return Done(context: context, code: Int32(bitPattern: message.pointee.data.result.rawValue))
        }
        return nil
    }

    /// Sockets that could not be watched since the last call. Their requests have to be removed.
    package func takeUnwatched() -> [Unwatched] {
        guard !unwatched.isEmpty else { return [] }
        defer { unwatched = [] }
        return unwatched
    }

    fileprivate func socketChanged(_ easy: UnsafeMutableRawPointer?, _ socket: Int32, _ what: Int32, isNew: Bool) {
        guard what != CURL_POLL_REMOVE else {
            _ = watch(socket, [], false)
            return
        }
        if let fault = watch(socket, Interest(rawValue: what & 3), isNew) {
            var context: UnsafeMutableRawPointer?
            if let easy, crawld_getinfo_pointer(easy, CURLINFO_PRIVATE, &context) == CURLE_OK, let context {
                unwatched.append(Unwatched(context: context, socket: socket, fault: fault))
            }
        }
        // The one call that is allowed in a callback: the mark tells a new socket from a known one.
        if isNew { curl_multi_assign(raw, socket, raw) }
    }

    fileprivate func timerChanged(_ milliseconds: Int) { timer(milliseconds < 0 ? nil : milliseconds) }
}

private func onSocket(
    easy: UnsafeMutableRawPointer?, socket: Int32, what: Int32, context: UnsafeMutableRawPointer?,
    mark: UnsafeMutableRawPointer?
) -> Int32 {
    guard let context else { return 0 }
    Unmanaged<MultiHandle>.fromOpaque(context).takeUnretainedValue()
        .socketChanged(easy, socket, what, isNew: mark == nil)
    return 0
}

private func onTimer(
    multi: UnsafeMutableRawPointer?, milliseconds: Int, context: UnsafeMutableRawPointer?
) -> Int32 {
    guard let context else { return 0 }
    Unmanaged<MultiHandle>.fromOpaque(context).takeUnretainedValue().timerChanged(milliseconds)
    return 0
}
