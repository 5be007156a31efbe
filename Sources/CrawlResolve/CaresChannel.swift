internal import CCares
internal import CrawlCore
internal import Glibc

/// One c-ares channel, which asks one server: each question once, with everything else our own. It belongs to one queue.
///
/// c-ares cannot take back a single question. One that is given up stays in the channel until it is answered, or `patience`
/// is over (twice that if it went on over TCP), costs half a kilobyte for so long, and its answer still comes: the token
/// tells whether anybody wants it. A channel that is closed forgets all of them.
final class CaresChannel {
    enum Event {
        /// Living as long as the call.
        case message(UnsafeRawBufferPointer)
        /// Nobody listens there, or a connection broke.
        case unreachable
        case noMemory
    }

    private struct Box {
        var channel: Unmanaged<CaresChannel>
        var token: UInt64
    }

    let number: UInt32
    /// Questions that c-ares still has.
    private(set) var outstanding = 0
    private let sockets: NameSockets
    private let calls: UnsafeMutablePointer<ccares_sockets>
    private let hear: (UInt64, Event) -> Void
    private var channel: ares_channel?
    private var isAsking = false

    /// Answers come through `hear`, from within `ask` and `process` too. nil = there is no memory for it.
    init?(
        number: UInt32, server: ServerAddress, patience: Duration, receiveBuffer: Int, sockets: NameSockets,
        hear: @escaping (UInt64, Event) -> Void
    ) {
        self.number = number
        self.sockets = sockets
        self.hear = hear
        calls = .allocate(capacity: 1)
        calls.initialize(to: ccares_sockets(receive_buffer: Int32(clamping: receiveBuffer), error: 0))
        guard open(patience), let channel, Self.use(server, channel) else { return nil }
    }

    deinit {
        close()
        calls.deallocate()
    }

    /// With every option set c-ares reads no file.
    private func open(_ patience: Duration) -> Bool {
        var options = ares_options()
        var anyone = in_addr()
        var mask =
            ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS | ARES_OPT_SERVERS | ARES_OPT_DOMAINS
        mask |= ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB | ARES_OPT_NOROTATE | ARES_OPT_SORTLIST
        options.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES
        options.timeout = Int32(clamping: patience.ms)
        options.tries = 1
        options.ndots = 1
        options.nservers = 1
        options.sock_state_cb_data = Unmanaged.passUnretained(self).toOpaque()
        options.sock_state_cb = { owner, socket, isRead, isWritten in
            guard let owner else { return }
            let channel = Unmanaged<CaresChannel>.fromOpaque(owner).takeUnretainedValue()
            channel.watch(socket, isRead: isRead != 0, isWritten: isWritten != 0)
        }
        let status = withUnsafeMutablePointer(to: &anyone) { server in
            var lookups: [CChar] = [CChar(UInt8(ascii: "b")), 0]
            return lookups.withUnsafeMutableBufferPointer { text in
                options.servers = server
                options.lookups = text.baseAddress
                return ares_init_options(&channel, &options, mask)
            }
        }
        guard status == ARES_SUCCESS, let channel else { return false }
        ccares_use_sockets(channel, calls)
        return true
    }

    private static func use(_ server: ServerAddress, _ channel: ares_channel) -> Bool {
        var node = ares_addr_port_node()
        node.udp_port = Int32(server.port)
        node.tcp_port = Int32(server.port)
        if server.address.isV4 {
            node.family = AF_INET
            node.addr.addr4.s_addr = UInt32(truncatingIfNeeded: server.address.low).bigEndian
        } else {
            node.family = AF_INET6
            withUnsafeMutableBytes(of: &node.addr) { bytes in
                bytes.storeBytes(of: server.address.high.bigEndian, as: UInt64.self)
                bytes.storeBytes(of: server.address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
        }
        return ares_set_servers_ports(channel, &node) == ARES_SUCCESS
    }

    /// `host` has passed `NameForm`. Returns the errno with which our own machine could not send it, in which case nothing is
    /// heard of it; 0 = it is under way.
    func ask(_ host: String, type: UInt16, token: UInt64) -> Int32 {
        guard let channel else { return ENOTCONN }
        calls.pointee.error = 0
        let box = UnsafeMutablePointer<Box>.allocate(capacity: 1)
        box.initialize(to: Box(channel: .passUnretained(self), token: token))
        outstanding += 1
        isAsking = true
        host.withCString { name in
            ares_query(
                channel, name, 1, Int32(type),
                { argument, status, _, bytes, count in
                    guard let argument else { return }
                    let box = argument.assumingMemoryBound(to: Box.self)
                    let (channel, token) = (box.pointee.channel.takeUnretainedValue(), box.pointee.token)
                    box.deallocate()
                    channel.heard(token, status, UnsafeRawBufferPointer(start: bytes, count: Int(max(0, count))))
                }, box)
        }
        isAsking = false
        return calls.pointee.error
    }

    private func heard(_ token: UInt64, _ status: Int32, _ bytes: UnsafeRawBufferPointer) {
        outstanding -= 1
        if !bytes.isEmpty { return hear(token, .message(bytes)) }
        switch status {
        case ARES_ECONNREFUSED:
            // What `ask` returns says it better.
            if !isAsking || calls.pointee.error == 0 { hear(token, .unreachable) }
        case ARES_ENOMEM: hear(token, .noMemory)
        // Its own time-out, which is later than ours, or the end of the channel.
        default: break
        }
    }

    private func watch(_ socket: Int32, isRead: Bool, isWritten: Bool) {
        let error = sockets.watch(socket, isRead: isRead, isWritten: isWritten, owner: number)
        if error != 0 { calls.pointee.error = error }
    }

    func process(_ socket: Int32, isRead: Bool, isWritten: Bool) {
        guard let channel else { return }
        ares_process_fd(channel, isRead ? socket : ARES_SOCKET_BAD, isWritten ? socket : ARES_SOCKET_BAD)
    }

    /// Questions whose `patience` is over end; to be called now and then.
    func tick() { process(ARES_SOCKET_BAD, isRead: false, isWritten: false) }

    /// Idempotent. Nothing is heard any more.
    func close() {
        guard let channel else { return }
        self.channel = nil
        ares_destroy(channel)
    }

    /// Once, before the first channel, and before other threads use it. False = c-ares cannot be used.
    static let isLibraryReady = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS
}
