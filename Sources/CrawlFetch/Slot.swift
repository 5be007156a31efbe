internal import CrawlCore
internal import Crypto
internal import CurlKit

/// One place for a request in flight: a libcurl handle, and what is seen of the present answer.
/// libcurl's callbacks get a pointer to it; it lives as long as its worker and is touched on the worker's queue only.
struct Slot {
    static let bodyHeadLimit = 4096

    /// Of the present request, or the last.
    private(set) var easy: EasyHandle
    /// Of one handle after the other.
    let handleRoom: HandleRoom
    let maker: HandleMaker
    let addressGuard: AddressGuard
    let maxBody: Int64
    let maxHeaderBytes: Int
    /// See `FetchLimits`.
    let tellsContentType: Bool
    /// For name, TCP and TLS together.
    let connectMs: Int
    /// `HeaderName.storedCount` × `FetchDetails.textLimit` bytes of header values, then `bodyHeadLimit` of the body.
    let storage: UnsafeMutablePointer<UInt8>
    /// Whose requests it serves, for good; nil = those without one.
    var profile: UInt16? { maker.profile }
    /// What the profile's headers are.
    let profileLines: [String]
    let commons: WorkerCommons
    /// Where others see what it serves.
    let seat: FlightBoard.Place
    /// Where it lies itself.
    let place: UnsafeMutablePointer<Slot>
    /// HTTP/2 is offered unless the request's way says otherwise.
    let offersByDefault: Bool

    /// Its place among the worker's.
    var index = 0
    var isInFlight = false
    /// Which of the worker's multi handles serves it.
    var multi = 0
    var ticket: Int64 = 0
    var origin: Int64 = 0
    var startedAt = Instant(ms: 0)
    /// Monotonic nanoseconds.
    var startedNs: UInt64 = 0
    /// A moment, in monotonic nanoseconds, by which the request was sent and hardly later; 0 = it was not.
    var sentNs: UInt64 = 0
    /// That moment is still to be told.
    var tellsSending = false
    var deadline = ResponseDeadlines.Link()
    /// The handle has something of a request's extras on it, or has yet to be given the profile's lines.
    var carriesExtra = false
    /// Connections of the present request may serve others.
    var keepsConnection = false
    /// Keeps what goes over the wire; nil = nobody does, or the request is over.
    var recording: (any Recording)?
    /// The recording lets libcurl wait until it says otherwise. Never at the same time as `isResting`: who is made to wait is
    /// not handed anything that the other could be asked about.
    var isHeld = false
    /// It was, since the request was made.
    var wasHeld = false
    /// Of the connection that the request was sent over last; nil = no TLS to the server, or not known.
    var tls: TLSVersion?
    /// Where the body of a 2xx goes; nil = it is digested only.
    var kept: KeptBody?
    /// Of the present request.
    var route = FetchRoute()
    var extra: FetchExtra?
    /// Bytes that header lines may still take.
    var room = 0
    /// Where it goes; nil = libcurl finds the way.
    var sendsTo: Destinations?
    /// Of these, how many could not be connected to.
    var failedAddresses = 0
    /// Of those failures the one that is told.
    var failedConnect: FailedConnect?
    /// What the handle is set to.
    var carriedProxy: UInt16?
    var carriedAddress: IPAddress?
    var carriedConnectMs: Int
    /// The proxy is a SOCKS one, which no CONNECT is sent to.
    var isSOCKS = false
    var offersHTTP2: Bool
    /// The connection was made for HTTP/2, whether or not an answer came.
    var agreedOnHTTP2 = false

    var flags: FetchResult.Flags = []
    var status: Int32 = 0
    var headerBytes = 0
    /// −1 = not seen.
    var contentLength: Int64 = -1
    var bodyBytes: Int64 = 0
    var bodyHeadBytes = 0
    /// nil until the first byte of a body.
    var hash: SHA256?
    /// The header line that came last, if it is one of ours: the next line may go on with it.
    var held = HeldHeader()
    var redirect = RedirectHeaders()
    /// Length of each stored header value; `Slot.absent` = not seen.
    var valueLengths = SIMD16<UInt16>(repeating: Slot.absent)
    /// What the request is on, from the moment that its socket is made or a connection is used again; nil = on none.
    var connection: WireConnection?
    /// Others that it has opened.
    var rivals: [WireConnection] = []
    /// Bytes that libcurl has given us of the present request's answers: heads, 1xx, bodies, trailers.
    var handed: Int64 = 0
    /// The part of it that the present call into libcurl gave.
    var handedInCall: Int64 = 0
    var isPaused = false
    /// Of its body since it had its last turn.
    var handedInTurn: Int64 = 0
    /// It has had its turn, and libcurl waits until its next.
    var isResting = false
    /// When that comes, in monotonic nanoseconds.
    var restsUntil: UInt64 = 0
    /// Why the kernel gave no socket; 0 = it always did.
    var socketErrno: Int32 = 0
    var socketsOpened: Int32 = 0
    var socketsRefused: Int32 = 0
    /// The last of them.
    var refusedAddress: IPAddress?

    static let absent = UInt16.max
    /// It was there, but longer than `FetchDetails.textLimit`, and its name `isWholeOrNothing`.
    static let tooLong = UInt16.max - 1

    init(
        easy: EasyHandle, room: HandleRoom, maker: HandleMaker, limits: FetchLimits, commons: WorkerCommons,
        place: UnsafeMutablePointer<Slot>
    ) {
        self.easy = easy
        handleRoom = room
        self.maker = maker
        self.commons = commons
        seat = commons.flights.makePlace()
        self.place = place
        let worn = maker.profile.map { limits.profiles[Int($0)] }
        profileLines = worn?.lines ?? []
        offersByDefault = limits.offersHTTP2(worn)
        offersHTTP2 = offersByDefault
        carriesExtra = !profileLines.isEmpty
        addressGuard = AddressGuard(allowing: limits.allowAddresses)
        maxBody = limits.maxBody
        maxHeaderBytes = limits.maxHeaderBytes
        tellsContentType = limits.tellsContentType
        connectMs = Int(limits.connectTimeout.ms)
        carriedConnectMs = connectMs
        storage = .allocate(capacity: HeaderName.storedCount * FetchDetails.textLimit + Slot.bodyHeadLimit)
    }

    /// Takes a handle that nothing was put on yet, in place of the one it has.
    mutating func takeFresh(_ fresh: EasyHandle) {
        easy = fresh
        carriedProxy = nil
        carriedAddress = nil
        carriedConnectMs = connectMs
        isSOCKS = false
        offersHTTP2 = offersByDefault
        carriesExtra = !profileLines.isEmpty
    }

    /// Forgets the answer before.
    mutating func begin(ticket: Int64, at now: Instant, _ nanoseconds: UInt64) {
        self.ticket = ticket
        startedAt = now
        startedNs = nanoseconds
        sentNs = 0
        isInFlight = true
        flags = []
        headerBytes = 0
        held.drop()
        leaveConnection()
        releaseRivals()
        handedInTurn = 0
        isResting = false
        isHeld = false
        wasHeld = false
        socketErrno = 0
        socketsOpened = 0
        socketsRefused = 0
        refusedAddress = nil
        agreedOnHTTP2 = false
        failedAddresses = 0
        failedConnect = nil
        beginHeaderBlock(status: 0)
    }

    mutating func beginHeaderBlock(status: Int32) {
        self.status = status
        contentLength = -1
        bodyBytes = 0
        bodyHeadBytes = 0
        kept?.saysDeflate = false
        redirect = RedirectHeaders()
        hash = nil
        valueLengths = SIMD16(repeating: Slot.absent)
    }

    mutating func free() {
        storage.deallocate()
        held.free()
    }

    /// The stored value of a header; nil if it was not there.
    func value(_ name: HeaderName) -> String? {
        let length = valueLengths[name.rawValue]
        guard length < Slot.tooLong else { return nil }
        let start = storage + name.rawValue * FetchDetails.textLimit
        return String(decoding: UnsafeBufferPointer(start: start, count: Int(length)), as: UTF8.self)
    }

    /// As `value`; empty if it was not there.
    func bytes(_ name: HeaderName) -> [UInt8] {
        let length = valueLengths[name.rawValue]
        guard length < Slot.tooLong else { return [] }
        let start = storage + name.rawValue * FetchDetails.textLimit
        return Array(UnsafeBufferPointer(start: start, count: Int(length)))
    }

    var bodyHead: [UInt8] {
        let start = storage + HeaderName.storedCount * FetchDetails.textLimit
        return Array(UnsafeBufferPointer(start: start, count: bodyHeadBytes))
    }
}
