/// Whether a DEFLATE stream without any frame is looked for in a body. Its bytes do not tell it from others, so it is only
/// tried where they are no text.
package enum BareDeflate: Sendable {
    case no
    /// Nothing says that it is one, and what is none may be of use as it is: a body of less than 4 KiB has to inflate to
    /// its very last byte, a longer one as far as that.
    case ifWhole
    /// The body is labelled deflate (`BodyDecoder.saysDeflate`), or what is no text is of no use to the caller: what
    /// begins as one and ends early was cut.
    case likely
}
