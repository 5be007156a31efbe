/// Failures of our own machine, by the errno that a request ended with (Linux values). They say nothing of the site.
///
/// | errno | |
/// |---|---|
/// | ENOMEM, ENFILE, EMFILE, ENOSPC (of epoll_ctl), ENOBUFS | `exhausted` |
/// | EPERM, EACCES (a firewall of ours), EADDRNOTAVAIL (no port left to that address), ENETDOWN, EAFNOSUPPORT | `refused` |
package enum LocalFault: Sendable, Hashable {
    /// What all requests share has run out: the next one will fail too.
    case exhausted
    /// This request; others may go.
    case refused

    /// nil = it is none, or not known to be one.
    package init?(errno: Int32) {
        switch errno {
        case 12, 23, 24, 28, 105: self = .exhausted
        case 1, 13, 97, 99, 100: self = .refused
        default: return nil
        }
    }

    /// As the manual pages call it, with its number where they do not.
    package static func name(of errno: Int32) -> String {
        switch errno {
        case 12: "ENOMEM: no memory for a socket or for a look-up of a name"
        case 23: "ENFILE: the system has no descriptor left (fs.file-max)"
        case 24: "EMFILE: the process has no descriptor left (LimitNOFILE=)"
        case 28: "ENOSPC: the user has no epoll watch left (fs.epoll.max_user_watches)"
        case 105: "ENOBUFS: the kernel has no buffer for a socket"
        default: "errno \(errno)"
        }
    }
}

extension FetchResult {
    /// The fault of our own machine that it ended with; nil = none. Once a connection stands only want of memory and a
    /// firewall of ours can end it: any other such errno is left from an address that was tried before. With code 42 we
    /// have ended it ourselves, for this errno.
    var localFault: LocalFault? {
        if flags.contains(.connected), curlCode != 42, ![1, 12, 105].contains(osErrno) { return nil }
        return LocalFault(errno: osErrno)
    }

    /// It ended because something that all requests share has run out on our own machine, before the server saw any of
    /// it. Nobody is to blame, and it counts as if it had not been asked.
    package var metLocalLimit: Bool {
        curlCode != 0 && flags.isDisjoint(with: [.cancelled, .firstByte]) && localFault == .exhausted
    }
}
