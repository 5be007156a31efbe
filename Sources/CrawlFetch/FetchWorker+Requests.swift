internal import CrawlCore
internal import CurlKit
internal import Dispatch

/// One request: from the batch into libcurl, and out of it when it has ended.
extension FetchWorker {
    func start(_ request: FetchRequest, url: UnsafePointer<CChar>, _ now: Instant, _ nanoseconds: UInt64) {
        let route = request.route
        guard limits.has(route) else { return refuse(request, now, flags: [], code: CurlCode.failedInit) }
        let profile = route.profile.map { limits.profiles[Int($0)] }
        let size = RequestSize.of(
            url: url, keepsBody: request.extra?.keepsBody ?? false, limits, profile: profile)
        guard size <= limits.maxRequestBytes else {
            return refuse(request, now, flags: .requestTooLarge, code: CurlCode.ok)
        }
        if route.proxy != nil, let address = LiteralHost.address(in: url), !addressGuard.allows(address) {
            return refuse(request, now, flags: [.addressRefused, .viaProxy], code: CurlCode.ok, address)
        }
        guard let slot = takeSlot(route.profile) else {
            return refuse(request, now, flags: [], code: CurlCode.outOfMemory)
        }
        slot.pointee.begin(ticket: request.ticket, at: now, nanoseconds)
        slot.pointee.origin = request.origin
        if commons.flights.begin(request.ticket, origin: request.origin, at: slot.pointee.seat) { monitor.wake() }
        let isHTTPS = url[4] == CChar(bitPattern: UInt8(ascii: "s"))
        if isHTTPS { slot.pointee.flags.insert(.https) }
        slot.pointee.extra = request.extra
        slot.pointee.sendsTo = request.sendsTo
        slot.pointee.room = limits.maxRequestBytes - size
        if let recorder = limits.recorder { beginRecording(slot, url, recorder) }
        do {
            try slot.renewHandle()
            try slot.pointee.take(route, limits)
            slot.pointee.keepsConnection =
                !request.isLastOfOrigin && route.profile == nil && (isHTTPS || slot.pointee.mayShareProxy)
                && commons.connections.mayKeepAnother && mayKeepAtAddress(request)
            if slot.pointee.keepsConnection { commons.connections.promised += 1 }
            try send(slot, url)
        } catch {
            giveBack(slot)
            return refuse(request, now, flags: [], code: CurlCode.outOfMemory)
        }
        slot.pointee.tellsSending = request.tellsSending
        awaitFirstByte(slot, from: nanoseconds)
        if lookNs == .max { lookNs = nanoseconds + Self.lookEveryNs }
    }

    /// A name's own address, or one that it does not share with too many.
    private func mayKeepAtAddress(_ request: FetchRequest) -> Bool {
        guard let sendsTo = request.sendsTo, !sendsTo.isLiteral else { return true }
        return commons.connections.mayKeepAnother(at: sendsTo.first, of: request.origin)
    }

    /// Starts the request whose way is on the slot's handle. A profile's has a connection of its own, which ends with it, in a
    /// multi handle where nobody else looks for one.
    func send(_ slot: UnsafeMutablePointer<Slot>, _ url: UnsafePointer<CChar>) throws {
        try slot.pointee.aim()
        try slot.pointee.easy.prepare(
            url: url, keepsConnection: slot.pointee.keepsConnection, isApart: slot.pointee.profile != nil,
            waitsForMultiplex: limits.sharesConnections && slot.pointee.flags.contains(.https)
                && slot.pointee.offersHTTP2)
        try slot.pointee.carry(slot.pointee.extra.map { CarriedExtra($0, room: slot.pointee.room) })
        renewMultiIfWorn()
        let multi = slot.pointee.profile == nil ? current : try multiApart()
        slot.pointee.multi = multi.number
        try multi.add(slot.pointee.easy)
        commons.tally.noteTransfer()
    }

    func awaitFirstByte(_ slot: UnsafeMutablePointer<Slot>, from nanoseconds: UInt64) {
        guard limits.responseTimeout > .zero else { return }
        deadlines.append(slot, at: nanoseconds + UInt64(limits.responseTimeout.ms) * 1_000_000)
    }

    /// HTTP/2 failed: the same request goes out once more at once, over HTTP/1.1, and only what comes of that counts.
    /// The server sees two requests without the crawl delay between them, as it does when libcurl sends one again because
    /// a connection had gone stale; the next gap counts from the second. False = it was that one, or cannot be sent.
    func sendOverHTTP1(_ slot: UnsafeMutablePointer<Slot>) -> Bool {
        guard slot.pointee.profile == nil, !slot.pointee.flags.contains(.retriedOverHTTP1),
            let url = slot.pointee.easy.url
        else { return false }
        var route = slot.pointee.route
        route.http1 = true
        if slot.pointee.isResting { commons.resting.removeAll { $0 == slot } }
        slot.pointee.beginAgain()
        do {
            try slot.renewHandle()
            try slot.pointee.take(route, limits)
            try send(slot, url)
        } catch {
            return false
        }
        awaitFirstByte(slot, from: MonotonicTime.now)
        return true
    }

    /// Its address could not be connected to: it goes to the next one, in what is left of the time to connect, and that is
    /// told. False = there is none, or no time, or it cannot be sent.
    func sendElsewhere(_ slot: UnsafeMutablePointer<Slot>, _ result: FetchResult) -> Bool {
        guard slot.pointee.hasOtherAddress, let failure = FailedConnect(result), let url = slot.pointee.easy.url,
            MonotonicTime.now - slot.pointee.startedNs < UInt64(slot.pointee.connectMs) * 1_000_000
        else { return false }
        if slot.pointee.isResting { commons.resting.removeAll { $0 == slot } }
        slot.pointee.beginElsewhere(failure)
        do {
            try slot.renewHandle()
            try slot.pointee.take(slot.pointee.route, limits)
            try send(slot, url)
        } catch {
            return false
        }
        results.append(slot.pointee.moving)
        awaitFirstByte(slot, from: MonotonicTime.now)
        return true
    }

    /// `address`: the one that the guard refuses.
    func refuse(
        _ request: FetchRequest, _ now: Instant, flags: FetchResult.Flags, code: Int32, _ address: IPAddress? = nil
    ) {
        var result = FetchResult(ticket: request.ticket, startedAt: now, completedAt: now)
        result.flags = flags
        result.curlCode = code
        if let address {
            var details = FetchDetails()
            details.refusedAddress = address
            result.details = details
        }
        results.append(result)
        if results.count >= Self.batchLimit { handOver() }
    }

    /// Its name was not found, or not in time; a proxy's is not the server's.
    static func lacksName(_ result: FetchResult) -> Bool {
        if result.curlCode == CurlCode.couldNotResolveHost { return true }
        return result.curlCode == CurlCode.operationTimedOut && result.times.dnsUs == 0
            && result.flags.isDisjoint(
                with: [.viaProxy, .connected, .sentPacket, .awaitedConnection, .addressRefused, .cancelled])
    }

    func finish(_ slot: UnsafeMutablePointer<Slot>, code: Int32) {
        deadlines.remove(slot)
        let multi = generation(slot.pointee.multi)
        multi?.remove(slot.pointee.easy)
        let result = slot.pointee.result(code: code, at: clock.now(), MonotonicTime.now)
        if !result.flags.contains(.reusedConnection) { multi?.connections += 1 }
        // What had to be ended is asked again by another worker, if at all.
        if result.failedOverHTTP2, result.flags.isDisjoint(with: [.stalledInParser, .overhead]), sendOverHTTP1(slot) {
            return
        }
        if result.curlCode != CurlCode.ok, sendElsewhere(slot, result) { return }
        slot.pointee.endRecording(result)
        giveBack(slot)
        if Self.lacksName(result), !result.metLocalLimit, let host = slot.pointee.easy.host {
            return inquire(host, result)
        }
        results.append(result)
        if results.count >= Self.batchLimit { handOver() }
    }
}
