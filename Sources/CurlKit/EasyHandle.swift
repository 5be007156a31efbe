internal import CCurl

/// One libcurl easy handle: made and set up once, never reset. It serves one transfer or many, one after the other, as
/// `HandleUse` says.
///
/// Not thread-safe: it belongs to the queue of its owner.
package final class EasyHandle {
    /// Bytes that came or are wanted: `(bytes, size, count, context)`; returns how many were taken. For a write or a
    /// header, any other number than `size * count` ends the request with code 23.
    package typealias DataCallback =
        @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int
    /// Makes the socket for a connection to this address, or refuses:
    /// `(context, isV6, bytes in network order, and what socket(2) wants)`; returns the descriptor, −1 = there is none.
    package typealias SocketMaker =
        @convention(c) (UnsafeMutableRawPointer?, Int32, UnsafePointer<UInt8>?, Int32, Int32, Int32) -> Int32
    /// The request is about to be sent: `(context, remote address, local address, remote port, local port)`; 0 = go on.
    package typealias SendNotice =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?, Int32, Int32
        ) -> Int32

    let raw: UnsafeMutableRawPointer
    private let room: HandleRoom
    private let use: HandleUse
    /// Whose TLS sessions it resumes, and adds to; nil = it has some of its own.
    private let sessions: TLSSessions?
    private var wasUsed = false
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var connectsTo: UnsafeMutablePointer<curl_slist>?

    package init(_ options: EasyOptions, sessions: TLSSessions? = nil) throws(CurlError) {
        try CurlLibrary.require()
        guard let raw = curl_easy_init() else { throw CurlError(CURLE_OUT_OF_MEMORY, "curl_easy_init") }
        self.raw = raw
        use = options.use
        self.sessions = sessions
        room = HandleRoom()
        try settle()
        try setFixed()
        try set(options)
    }

    /// One that is set up as `model` is, which was given no header lines and serves no transfer itself: its options,
    /// callbacks and sessions. That is cheaper than to set them all again, which counts where each transfer needs a handle
    /// of its own. All callbacks get `context`, which must outlive the handle. Of handles with the same room only the
    /// newest may be used.
    package init(like model: EasyHandle, context: UnsafeMutableRawPointer, room: HandleRoom) throws(CurlError) {
        precondition(!model.wasUsed && model.headers == nil, "a model is set up and no more")
        guard let raw = curl_easy_duphandle(model.raw) else {
            throw CurlError(CURLE_OUT_OF_MEMORY, "curl_easy_duphandle")
        }
        self.raw = raw
        use = model.use
        sessions = model.sessions
        self.room = room
        room.gate.pointee = crawld_socket_gate(make: model.room.gate.pointee.make, context: context)
        try settle()
        try check(crawld_setopt_contexts(raw, context, room.gate), "contexts")
    }

    deinit {
        curl_easy_cleanup(raw)
        curl_slist_free_all(headers)
        curl_slist_free_all(connectsTo)
    }

    /// What no handle takes over from another one.
    private func settle() throws(CurlError) {
        try check(crawld_setopt_pointer(raw, CURLOPT_ERRORBUFFER, room.errorText), "ERRORBUFFER")
        if let sessions { try check(crawld_setopt_pointer(raw, CURLOPT_SHARE, sessions.raw), "SHARE") }
    }

    private func setFixed() throws(CurlError) {
        try set(CURLOPT_NOSIGNAL, 1)
        // A look-up that hangs must not hold its worker when the request is over: its thread is left behind.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_FOLLOWLOCATION, 0)
        // An empty string, not nil: nil would let http_proxy and the like speak.
        try set(CURLOPT_PROXY, "")
        // Else no_proxy could take a request off the proxy that it is to go through.
        try set(CURLOPT_NOPROXY, "")
        // What a proxy says to a CONNECT is not the answer.
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_HTTP_CONTENT_DECODING, 0)
        try set(CURLOPT_HTTP09_ALLOWED, 0)
        try set(CURLOPT_DNS_CACHE_TIMEOUT, 0)
    }

    private func set(_ options: EasyOptions) throws(CurlError) {
        if let userAgent = options.userAgent { try set(CURLOPT_USERAGENT, userAgent) }
        try set(CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeoutMs)
        try set(CURLOPT_TIMEOUT_MS, options.totalTimeoutMs)
        try setHTTP2(options.http2)
        if let caFile = options.caFile {
            try set(CURLOPT_CAINFO, caFile)
            // Else the system's directory would still be searched.
            try check(crawld_setopt_string(raw, CURLOPT_CAPATH, nil), "CAPATH")
        }
        if let ciphers = options.ciphers { try set(CURLOPT_SSL_CIPHER_LIST, ciphers) }
        if let ciphers = options.tls13Ciphers { try set(CURLOPT_TLS13_CIPHERS, ciphers) }
        if let curves = options.curves { try set(CURLOPT_SSL_EC_CURVES, curves) }
        if let path = options.unixSocketPath { try set(CURLOPT_UNIX_SOCKET_PATH, path) }
    }

    /// `context` goes to both callbacks and comes back from `MultiHandle.nextDone`; it must outlive the handle. Here and
    /// below, nil is for a model.
    package func setCallbacks(
        context: UnsafeMutableRawPointer?, onHeader: DataCallback, onBody: DataCallback
    ) throws(CurlError) {
        try check(crawld_setopt_pointer(raw, CURLOPT_PRIVATE, context), "PRIVATE")
        try check(crawld_setopt_pointer(raw, CURLOPT_HEADERDATA, context), "HEADERDATA")
        try check(crawld_setopt_pointer(raw, CURLOPT_WRITEDATA, context), "WRITEDATA")
        try check(crawld_setopt_data_callback(raw, CURLOPT_HEADERFUNCTION, onHeader), "HEADERFUNCTION")
        try check(crawld_setopt_data_callback(raw, CURLOPT_WRITEFUNCTION, onBody), "WRITEFUNCTION")
    }

    /// Makes every new connection's socket (`CURLOPT_OPENSOCKETFUNCTION`).
    package func setSocketMaker(context: UnsafeMutableRawPointer?, _ make: @escaping SocketMaker) throws(CurlError) {
        room.gate.pointee = crawld_socket_gate(make: make, context: context)
        try check(crawld_setopt_gate(raw, room.gate), "OPENSOCKETFUNCTION")
    }

    /// The sockets of its connections are closed by `book` (`CURLOPT_CLOSESOCKETFUNCTION`), which has to outlive them all,
    /// those that are kept after the handle is gone too.
    package func setBook(_ book: SocketBook) throws(CurlError) {
        try check(
            crawld_setopt_closer(raw, Unmanaged.passUnretained(book).toOpaque(), closeSocket), "CLOSESOCKETFUNCTION")
    }

    /// Called for every request, once more if it has to be sent again because a connection had gone stale.
    package func setSendNotice(context: UnsafeMutableRawPointer?, _ notice: SendNotice) throws(CurlError) {
        try check(crawld_setopt_send_notice(raw, context, notice), "PREREQFUNCTION")
    }

    /// Prepares the next request; libcurl copies the URL. `keepsConnection` false closes the connection after it
    /// (`CURLOPT_FORBID_REUSE`). `isApart`: no connection that stands is used (`CURLOPT_FRESH_CONNECT`). `waitsForMultiplex`:
    /// rather wait for a connection that can be shared than open one more (`CURLOPT_PIPEWAIT`).
    package func prepare(
        url: UnsafePointer<CChar>, keepsConnection: Bool, isApart: Bool, waitsForMultiplex: Bool
    ) throws(CurlError) {
        forgetError()
        try check(crawld_setopt_string(raw, CURLOPT_URL, url), "URL")
        try set(CURLOPT_FORBID_REUSE, keepsConnection ? 0 : 1)
        try set(CURLOPT_FRESH_CONNECT, isApart ? 1 : 0)
        try set(CURLOPT_PIPEWAIT, waitsForMultiplex ? 1 : 0)
    }

    /// `errorText` is of the next request.
    package func forgetError() { room.errorText.pointee = 0 }

    /// A request with a method and headers of its own. `uploads` takes the body from the read callback, of
    /// `uploadSize` bytes; nil = unknown: chunked.
    package func setRequest(method: String, headers lines: [String], uploads: Bool, uploadSize: Int64?)
        throws(CurlError)
    {
        // libcurl would wait a second for a `100 Continue` before a large body.
        try setHeaders(uploads ? lines + ["Expect:"] : lines)
        try set(CURLOPT_UPLOAD, uploads ? 1 : 0)
        if uploads {
            try check(
                crawld_setopt_offset(raw, CURLOPT_INFILESIZE_LARGE, curl_off_t(uploadSize ?? -1)), "INFILESIZE_LARGE")
        } else if method == "HEAD" {
            try set(CURLOPT_NOBODY, 1)
        } else {
            try set(CURLOPT_HTTPGET, 1)
        }
        try set(CURLOPT_CUSTOMREQUEST, method)
    }

    /// Whole lines for the requests from now on, in place of those before; none = only libcurl's own.
    package func setHeaders(_ lines: [String]) throws(CurlError) {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                throw CurlError(CURLE_OUT_OF_MEMORY, "HTTPHEADER")
            }
            list = longer
        }
        let code = crawld_setopt_list(raw, CURLOPT_HTTPHEADER, list)
        curl_slist_free_all(headers)
        headers = list
        try check(code, "HTTPHEADER")
    }

    /// Where connections of the requests from now on go, whatever host their URLs name (`CURLOPT_CONNECT_TO`): an address as
    /// text, IPv6 in brackets. Host header, SNI and certificate stay the name's. nil = where the host's name leads.
    package func setConnectsTo(_ address: String?) throws(CurlError) {
        var list: UnsafeMutablePointer<curl_slist>?
        if let address {
            list = curl_slist_append(nil, "::\(address):")
            guard list != nil else { throw CurlError(CURLE_OUT_OF_MEMORY, "CONNECT_TO") }
        }
        let code = crawld_setopt_list(raw, CURLOPT_CONNECT_TO, list)
        curl_slist_free_all(connectsTo)
        connectsTo = list
        try check(code, "CONNECT_TO")
    }

    /// Milliseconds for name, TCP and TLS together of the requests from now on (`CURLOPT_CONNECTTIMEOUT_MS`).
    package func setConnectTimeout(ms: Int) throws(CurlError) { try set(CURLOPT_CONNECTTIMEOUT_MS, ms) }

    /// Where an upload's bytes come from. Returning 0 ends the body, 0x10000000 (`CURL_READFUNC_ABORT`) the request.
    package func setUploadSource(context: UnsafeMutableRawPointer, _ read: DataCallback) throws(CurlError) {
        try check(crawld_setopt_pointer(raw, CURLOPT_READDATA, context), "READDATA")
        try check(crawld_setopt_data_callback(raw, CURLOPT_READFUNCTION, read), "READFUNCTION")
    }

    /// It may be given to libcurl for a transfer.
    package var mayServe: Bool { !wasUsed || use == .often }

    /// It is given to libcurl for a transfer. Throws if it must not serve another one.
    func noteTransfer() throws(CurlError) {
        guard mayServe else {
            throw CurlError(
                code: Int32(bitPattern: CURLE_FAILED_INIT.rawValue), message: "has served a transfer already",
                subject: "handle")
        }
        wasUsed = true
    }

    /// What a callback for a body returns in place of a count: it takes nothing now, and is called with the same again by
    /// `goOn`. libcurl reads nothing more for the request until then.
    package static let pause = 0x1000_0001

    /// Lets the request go on, at the next `timeout()` or socket event. Not in a callback. Returns a `CURLcode`; other than
    /// 0 the request has failed, and has still to be removed.
    package func goOn(_ calls: CallRecord) -> Int32 {
        calls.during { Int32(bitPattern: curl_easy_pause(raw, CURLPAUSE_CONT).rawValue) }
    }

    /// Runs the request on this thread; returns the `CURLcode`. Throws if it must not serve another one.
    package func perform() throws(CurlError) -> Int32 {
        try noteTransfer()
        return Int32(bitPattern: curl_easy_perform(raw).rawValue)
    }

    /// The URL of the last request, as it was given (`CURLINFO_EFFECTIVE_URL`). Allocates: not for the path of every
    /// request.
    package var url: String? {
        var text: UnsafeMutablePointer<CChar>?
        guard crawld_getinfo_string(raw, CURLINFO_EFFECTIVE_URL, &text) == CURLE_OK, let text else { return nil }
        return String(cString: text)
    }

    /// libcurl's words on what went wrong with the last request; nil if there are none.
    package var errorText: String? { room.errorText.pointee == 0 ? nil : String(cString: room.errorText) }

    /// `errorText` of a name that was not looked up at all: libcurl had no descriptor or thread for it. Its code is that
    /// of a name that does not exist.
    package static let noLookUp = "getaddrinfo() thread failed to start"

    /// libcurl's general text for a `CURLcode`.
    package static func text(of code: Int32) -> String {
        String(cString: curl_easy_strerror(CURLcode(rawValue: UInt32(bitPattern: code))))
    }

    package var info: TransferInfo {
        var info = TransferInfo()
        info.status = long(CURLINFO_RESPONSE_CODE)
        info.osErrno = long(CURLINFO_OS_ERRNO)
        info.newConnections = long(CURLINFO_NUM_CONNECTS)
        info.localPort = long(CURLINFO_LOCAL_PORT)
        info.connectStatus = long(CURLINFO_HTTP_CONNECTCODE)
        info.proxyError = long(CURLINFO_PROXY_ERROR)
        info.httpVersion =
            switch long(CURLINFO_HTTP_VERSION) {
            case CURL_HTTP_VERSION_1_0: 10
            case CURL_HTTP_VERSION_1_1: 11
            case CURL_HTTP_VERSION_2_0: 20
            case CURL_HTTP_VERSION_3: 30
            default: 0
            }
        info.nameLookupUs = offset(CURLINFO_NAMELOOKUP_TIME_T)
        info.connectUs = offset(CURLINFO_CONNECT_TIME_T)
        info.tlsUs = offset(CURLINFO_APPCONNECT_TIME_T)
        info.firstByteUs = offset(CURLINFO_STARTTRANSFER_TIME_T)
        info.totalUs = offset(CURLINFO_TOTAL_TIME_T)
        return info
    }

    /// The text of the address connected to (`CURLINFO_PRIMARY_IP`), "" if there is none; the pointer is good until
    /// the next request.
    package var primaryAddress: UnsafePointer<CChar>? {
        var text: UnsafeMutablePointer<CChar>?
        guard crawld_getinfo_string(raw, CURLINFO_PRIMARY_IP, &text) == CURLE_OK else { return nil }
        return UnsafePointer(text)
    }

    /// Host of the request's URL as libcurl parsed it; nil if that fails. Allocates: not for the path of every request.
    package var host: String? {
        var text: UnsafeMutablePointer<CChar>?
        guard crawld_getinfo_string(raw, CURLINFO_EFFECTIVE_URL, &text) == CURLE_OK, let text,
            let url = curl_url()
        else { return nil }
        defer { curl_url_cleanup(url) }
        var host: UnsafeMutablePointer<CChar>?
        guard curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK,
            curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK, let host
        else { return nil }
        defer { curl_free(host) }
        return String(cString: host)
    }

    private func long(_ info: CURLINFO) -> Int {
        var value = 0
        return crawld_getinfo_long(raw, info, &value) == CURLE_OK ? value : 0
    }

    private func offset(_ info: CURLINFO) -> Int64 {
        var value: curl_off_t = 0
        return crawld_getinfo_offset(raw, info, &value) == CURLE_OK ? Int64(value) : 0
    }

    func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
        try check(crawld_setopt_long(raw, option, value), "option \(option.rawValue)")
    }

    func set(_ option: CURLoption, _ value: String) throws(CurlError) {
        try check(crawld_setopt_string(raw, option, value), "option \(option.rawValue)")
    }

    func check(_ code: CURLcode, _ subject: @autoclosure () -> String) throws(CurlError) {
        guard code == CURLE_OK else { throw CurlError(code, subject()) }
    }
}

private func closeSocket(context: UnsafeMutableRawPointer?, socket: Int32) -> Int32 {
    guard let context else { return 0 }
    Unmanaged<SocketBook>.fromOpaque(context).takeUnretainedValue().close(socket)
    return 0
}
