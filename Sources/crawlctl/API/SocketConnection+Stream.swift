import CurlKit

extension SocketConnection {
    func stream(
        _ request: APIRequest, isEndless: Bool, _ onLines: @escaping (ArraySlice<UInt8>) throws(CtlFailure) -> Void
    ) throws(CtlFailure) -> APIAnswer {
        var outgoing = CurlClient.Request(url: "http://crawld" + request.target)
        outgoing.method = request.method.rawValue
        // Of an answer that is no success all of it, else what is no whole line yet.
        var rest: [UInt8] = []
        waiting.heard()
        do {
            let response = try CurlClient(unixSocketPath: path).send(
                outgoing, onTick: isEndless ? nil : { [waiting] in try waiting.tick(.answering) }
            ) { response, bytes in
                waiting.heard()
                rest += bytes
                guard (200..<300).contains(response.status) else { return rest.count < Self.maxProblem }
                guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else {
                    guard rest.count < Self.maxLine else { throw CtlFailure(.bug, "the daemon's line does not end") }
                    return true
                }
                try onLines(rest[...end])
                rest.removeSubrange(...end)
                return true
            }
            return APIAnswer(status: response.status, nextCursor: nil, body: rest)
        } catch let failure as CtlFailure {
            throw failure
        } catch {
            let reason = (error as? CurlError)?.message ?? "\(error)"
            throw CtlFailure(.tryAgain, "the daemon at \(path) ended its answer early: \(reason)")
        }
    }

    private static var maxProblem: Int { 1 << 20 }
    private static var maxLine: Int { 16 << 20 }
}
