internal import CurlKit

/// The multi handles of a worker: the one that takes requests, and those that only finish what they have.
extension FetchWorker {
    func generation(_ number: Int) -> MultiGeneration? {
        current.number == number ? current : retired.first { $0.number == number }
    }

    func renewMultiIfWorn() {
        guard current.connections >= limits.connectionsPerMultiHandle,
            let fresh = try? makeMulti(connections: maxConnects)
        else { return }
        retired.append(current)
        current = fresh
    }

    func makeMulti(connections: Int) throws -> MultiGeneration {
        lastMulti += 1
        return try MultiGeneration(
            number: lastMulti, maxConnects: connections, sockets: sockets, calls: commons.calls)
    }

    func dropDrained() {
        guard !retired.isEmpty else { return }
        for old in retired where old.inFlight == 0 { old.close() }
        retired.removeAll { $0.inFlight == 0 }
    }
}
