/// The `CURLcode`s that a worker gives by itself or looks into (`curl/curl.h`).
enum CurlCode {
    static let ok: Int32 = 0
    static let failedInit: Int32 = 2
    static let couldNotResolveHost: Int32 = 6
    static let couldNotConnect: Int32 = 7
    static let writeError: Int32 = 23
    static let outOfMemory: Int32 = 27
    static let operationTimedOut: Int32 = 28
    /// RECV_ERROR.
    static let receiveError: Int32 = 56
    static let abortedByCallback: Int32 = 42
}
