/// One HTTP request at a time on the calling thread, for the command line (over the daemon's Unix socket) and for the
/// alert webhook (over TCP). No redirects, no proxies, no cookies.
package struct CurlClient: Sendable {
    package enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// Asked for up to `limit` bytes at a time until it gives none; `size` nil = not known: sent in chunks.
        /// A throw ends the request and is thrown on.
        case stream(size: Int64?, @Sendable (_ limit: Int) throws -> [UInt8])
    }

    package struct Request: Sendable {
        package var url: String
        package var method = "GET"
        /// Whole lines: `Content-Type: application/json`.
        package var headers: [String] = []
        package var body = Body.none

        package init(url: String) { self.url = url }
    }

    package struct Response: Sendable {
        package var status: Int
        /// Names in lower case, in the order they came; of the final header block.
        package var headers: [(name: String, value: String)]

        /// The first of that name; `name` in lower case.
        package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    /// What can be set for all requests of a client.
    package var options: EasyOptions
    /// May this address be connected to? `(isV6, bytes in network order)`. nil = every one. Not asked on Unix sockets.
    package var allowsAddress: (@Sendable (_ isV6: Bool, _ address: [UInt8]) -> Bool)?

    package init(options: EasyOptions) {
        self.options = options
        allowsAddress = nil
    }

    /// Over a Unix socket, without a limit on the whole time: bodies may be long and followed for days.
    package init(unixSocketPath: String) {
        var options = EasyOptions()
        options.unixSocketPath = unixSocketPath
        options.totalTimeoutMs = 0
        self.init(options: options)
    }

    /// Blocks until the answer is complete. `onBody` gets each piece of the body as it comes, from this thread, after
    /// the status is known; false or a throw ends the request. Throws `CurlError` with a `CURLcode` if no answer came
    /// or it was cut, and whatever `onBody` and the body's source throw. `onTick` is called meanwhile, from this thread, at
    /// least once a second; what it throws ends the request and is thrown on.
    package func send(
        _ request: Request, onTick: (() throws -> Void)? = nil,
        onBody: (_ response: Response, _ bytes: UnsafeRawBufferPointer) throws -> Bool
    ) throws -> Response {
        let easy = try EasyHandle(options)
        return try withoutActuallyEscaping(onBody) { onBody in
            let exchange = CurlExchange(
                body: request.body, allowsAddress: allowsAddress, onTick: onTick, onBody: onBody)
            return try withExtendedLifetime(exchange) {
                try exchange.attach(to: easy, request)
                let code = try easy.perform()
                if let error = exchange.error { throw error }
                guard code == 0 || exchange.wasStopped else {
                    throw CurlError(
                        code: code, message: easy.errorText ?? EasyHandle.text(of: code), subject: request.url)
                }
                return exchange.response
            }
        }
    }

    /// As `send`, with the whole body at once; a body over `limit` bytes is cut there.
    package func send(_ request: Request, limit: Int = 16 << 20) throws -> (response: Response, body: [UInt8]) {
        var body: [UInt8] = []
        let response = try send(request) { _, bytes in
            body += bytes.prefix(limit - body.count)
            return body.count < limit
        }
        return (response, body)
    }
}
