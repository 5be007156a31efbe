internal import CrawlCore
internal import CurlKit
internal import Dispatch

/// The multi handles of a worker: the one that takes requests, one for requests of profiles, and those that only finish
/// what they have.
extension FetchWorker {
    func generation(_ number: Int) -> MultiGeneration? {
        current.number == number ? current : retired.first { $0.number == number }
    }

    func renewMultiIfWorn() {
        guard current.connections >= limits.connectionsPerMultiHandle,
            let fresh = try? makeMulti(connections: share.maxConnects)
        else { return }
        retired.append(current)
        current = fresh
    }

    /// The one for profiles, as long as any of their requests is under way.
    func multiApart() throws -> MultiGeneration {
        if let multi = generation(apart), multi.connections < limits.connectionsPerMultiHandle { return multi }
        let multi = try makeMulti(connections: share.maxConnects)
        apart = multi.number
        retired.append(multi)
        return multi
    }

    func makeMulti(connections: Int) throws -> MultiGeneration {
        lastMulti += 1
        return try MultiGeneration(
            number: lastMulti, maxConnects: connections, sockets: sockets, calls: commons.calls)
    }

    /// Requests on a socket that the kernel does not watch would hear nothing more of it: they end at once, as ours.
    func end(_ unwatched: MultiHandle.Unwatched) {
        let first = unwatched.context.assumingMemoryBound(to: Slot.self)
        for slot in slots where slot.pointee.isInFlight {
            guard slot == first || slot.pointee.connection?.id.socket == unwatched.socket else { continue }
            slot.pointee.socketErrno = unwatched.fault.errno
            finish(slot, code: CurlCode.abortedByCallback)
        }
        // Else another request might be sent over it.
        if let connection = commons.connections[unwatched.socket] { commons.connections.book.shut(connection.id) }
    }

    /// Idle connections are given up, to make room for what is needed more. From any thread.
    package func dropIdle() {
        queue.async { [self] in commons.connections.shutIdle() }
    }

    func dropDrained() {
        guard !retired.isEmpty else { return }
        for old in retired where old.inFlight == 0 { old.close() }
        retired.removeAll { $0.inFlight == 0 }
    }
}
