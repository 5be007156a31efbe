/// What a written head does not say of the one that came; goes to `metadata`.
package struct HeadNotes: Sendable, Equatable {
    /// The status line as it came, if it was another.
    package var statusLine: [UInt8]?
    /// The value of Transfer-Encoding, which was dropped; several are joined by commas.
    package var transferCoding: [UInt8]?
    /// The value of Content-Length, which was dropped: it was not the length of what is written. Several are joined by commas.
    package var contentLength: [UInt8]?
    /// So many lines did not end in CR LF and do now.
    package var lineEnds = 0
    /// So many NUL and CR within lines became blanks, or are gone from a line's begin.
    package var blanked = 0
    /// So many lines without any visible character were dropped.
    package var blankLines = 0
    /// Bytes of the written head if they are more than a reader may take; 0 = they are not.
    package var longHead = 0

    package init() {}

    /// FastWARC 2.0.1 reads no longer head.
    package static let readableBytes = 32 << 10
}
