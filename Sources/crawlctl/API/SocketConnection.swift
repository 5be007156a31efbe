/// The control socket through libcurl.
struct SocketConnection: APIConnection {
    let path: String

    func request(_ request: APIRequest) throws(CtlFailure) -> APIAnswer {
        throw CtlFailure(.unavailable, "no daemon at \(path)")
    }
}
