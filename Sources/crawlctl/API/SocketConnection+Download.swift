import CurlKit

extension SocketConnection {
    func download(
        _ request: APIRequest, _ onBytes: @escaping ([UInt8]) throws(CtlFailure) -> Void
    ) throws(CtlFailure) -> APIAnswer {
        var outgoing = CurlClient.Request(url: "http://crawld" + request.target)
        outgoing.method = request.method.rawValue
        // Of an answer that is no success.
        var problem: [UInt8] = []
        waiting.heard()
        do {
            let response = try CurlClient(unixSocketPath: path).send(
                outgoing, onTick: { [waiting] in try waiting.tick(.answering) }
            ) { response, bytes in
                waiting.heard()
                guard (200..<300).contains(response.status) else {
                    problem += bytes
                    return problem.count < 1 << 20
                }
                try onBytes(Array(bytes))
                // Whoever takes the bytes may be slow, which is none of the daemon's silence.
                waiting.heard()
                return true
            }
            let headers = Dictionary(response.headers.map { ($0.name, $0.value) }) { first, _ in first }
            return APIAnswer(status: response.status, nextCursor: nil, body: problem, headers: headers)
        } catch let failure as CtlFailure {
            throw failure
        } catch {
            let reason = (error as? CurlError)?.message ?? "\(error)"
            throw CtlFailure(
                .tryAgain, "the daemon at \(path) ended its answer early: \(reason)\nasking again is safe")
        }
    }
}
