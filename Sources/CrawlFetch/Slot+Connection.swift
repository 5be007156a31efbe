internal import CrawlCore
internal import CurlKit
internal import Glibc

extension Slot {
    /// A socket to `address` for the request, or −1: the guard refuses it, or the kernel has none.
    mutating func makeSocket(to address: IPAddress?, _ family: Int32, _ type: Int32, _ number: Int32) -> Int32 {
        // The operator's own proxy may stand anywhere; what lies behind it was looked at before.
        if route.proxy == nil {
            guard let address, addressGuard.allows(address) else {
                socketsRefused += 1
                refusedAddress = address
                return -1
            }
        }
        // libcurl would send a request again whose connection, used before, has gone.
        if isEndedByUs { return -1 }
        do {
            let made = try commons.connections.open(for: origin, to: address, family, type, number)
            let before = socketsOpened > 0 ? connection : nil
            socketsOpened += 1
            if hasOtherAddress { SocketBook.triesOnce(made.id.socket) }
            enter(made)
            if let before { rivals.append(before) }
            return made.id.socket
        } catch {
            socketErrno = error.errno
            return -1
        }
    }

    /// Why we ended what it is on. Until it is sent over one of the sockets that it opened, it is on all of them: which of
    /// them libcurl goes on with is not known, and the others take nothing from their peers.
    var marks: FetchResult.Flags {
        var marks = connection.map { commons.connections.marks(of: $0) } ?? []
        for rival in rivals where rival.key == nil { marks.formUnion(commons.connections.marks(of: rival)) }
        return marks
    }

    /// What it is on was ended by us.
    var isEndedByUs: Bool { !marks.isEmpty }

    /// The request is about to be sent from `localPort` to there: over the connection that it opened, one of those that
    /// it opened, or one that stood already. False = it must not be: we have ended the one that it was on.
    mutating func noteEnds(_ remote: UnsafePointer<CChar>?, remotePort: Int32, localPort: Int32) -> Bool {
        if isEndedByUs { return false }
        let ends = Self.ends(remote, remotePort, localPort)
        guard socketsOpened > 0 else {
            if let found = commons.connections.find(ends) { enter(found) }
            return true
        }
        let port = UInt16(truncatingIfNeeded: localPort)
        // One that it opened failed it, and libcurl sends it again over one that stood. What is dead has no port any more.
        if let found = commons.connections.find(ends), commons.connections.book.localPort(found.id) == port {
            enter(found)
            releaseRivals()
            return true
        }
        if let winner = rivals.first(where: { commons.connections.book.localPort($0.id) == port }) { enter(winner) }
        releaseRivals()
        if let connection { commons.connections.name(connection, ends) }
        return true
    }

    /// A packet went out on one of the sockets that it opened. libcurl closes without a word those that were still on their
    /// way, and a SYN is the first that happens on it.
    var hasSentPacket: Bool {
        guard socketsOpened > 0, let connection else { return false }
        return !connection.isUnsent || rivals.contains { !$0.isUnsent }
    }

    private mutating func enter(_ next: WireConnection) {
        guard next !== connection else { return }
        leaveConnection()
        connection = next
        commons.connections.enter(place, next)
    }

    /// What it was handed stays with the connection.
    mutating func leaveConnection() {
        guard let connection else { return }
        if isPaused { goOn() }
        commons.connections.leave(place, connection)
        handed = 0
        self.connection = nil
    }

    /// libcurl has closed those that lost.
    mutating func releaseRivals() {
        for rival in rivals { commons.connections.release(rival) }
        rivals = []
    }

    /// libcurl has given us bytes of the answer.
    mutating func take(_ count: Int) {
        handed += Int64(count)
        if handedInCall == 0 { commons.handed.append(place) }
        handedInCall += Int64(count)
    }

    /// False = its turn is over, and libcurl has to wait. Its next one may be another call's: libcurl reads on for whom it
    /// stopped reading by itself whenever it is called for anybody.
    mutating func mayTake(_ count: Int) -> Bool {
        guard handedInTurn > 0, handedInTurn + Int64(count) > TurnAccount.bytes else {
            handedInTurn += Int64(count)
            return true
        }
        isResting = true
        restsUntil = 0
        commons.resting.append(place)
        pause()
        return false
    }

    /// The reader of the answer, which is us, makes libcurl wait; see `WireBill`.
    mutating func pause() {
        guard !isPaused, let connection else { return }
        isPaused = true
        connection.bill.pause(MonotonicTime.now)
    }

    /// It goes on.
    mutating func goOn() {
        guard isPaused else { return }
        isPaused = false
        connection?.bill.goOn(MonotonicTime.now)
    }

    /// Both ends as one number (FNV-1a): two connections with the same local port have other remote ends.
    private static func ends(_ remote: UnsafePointer<CChar>?, _ remotePort: Int32, _ localPort: Int32) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ byte: UInt64) { hash = (hash ^ byte) &* 0x0000_0100_0000_01B3 }
        var next = remote
        while let byte = next?.pointee, byte != 0 {
            mix(UInt64(UInt8(bitPattern: byte)))
            next = next?.advanced(by: 1)
        }
        mix(UInt64(UInt32(bitPattern: remotePort)) << 16 | UInt64(UInt16(truncatingIfNeeded: localPort)))
        return hash
    }
}
