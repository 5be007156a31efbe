import CSpawn
import Glibc

/// Starts a program as the leader of a process group of its own, with the default signal mask and dispositions, no
/// descriptors but the three standard ones, and exactly the given environment.
enum HookSpawn {
    /// Returns its process id. `output` becomes standard output and standard error.
    static func start(_ hook: Hook, input: Int32, output: Int32) throws(SystemFault) -> pid_t {
        guard let program = hook.arguments.first else { throw SystemFault(ENOENT) }
        var actions = posix_spawn_file_actions_t()
        try check(posix_spawn_file_actions_init(&actions))
        defer { posix_spawn_file_actions_destroy(&actions) }
        try check(posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO))
        try check(posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO))
        try check(posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO))
        try check(posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1))

        var attributes = posix_spawnattr_t()
        try check(posix_spawnattr_init(&attributes))
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        try check(posix_spawnattr_setsigmask(&attributes, &signals))
        sigfillset(&signals)
        try check(posix_spawnattr_setsigdefault(&attributes, &signals))
        try check(posix_spawnattr_setpgroup(&attributes, 0))
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        try check(posix_spawnattr_setflags(&attributes, Int16(flags)))

        let arguments = CStrings(hook.arguments)
        let environment = CStrings(hook.environment.map { "\($0.name)=\($0.value)" })
        var process: pid_t = 0
        try check(
            posix_spawn(&process, program, &actions, &attributes, arguments.pointers, environment.pointers))
        return process
    }

    private static func check(_ code: Int32) throws(SystemFault) {
        guard code == 0 else { throw SystemFault(code) }
    }
}

/// A list of C strings that ends in a null pointer, freed with the object.
private final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() { (pointers + index).initialize(to: strdup(string)) }
        (pointers + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
