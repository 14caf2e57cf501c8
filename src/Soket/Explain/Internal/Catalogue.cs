using Soket.Languages;

namespace Soket.Explain.Internal;

/// <summary>Every code Soket explains failures with: its exit code, the errors it stands for, and the words other programs use for it.</summary>
internal static class Catalogue
{
    internal sealed record Row(string Code, int ExitCode, string[] Errors, string[] Aliases);

    /// <summary>Read when first touched, all at once: a process out of descriptors must still be able to say so.</summary>
    public static Texts Texts { get; } = Texts.Load(typeof(Catalogue).Assembly, "explain");

    // Aliases are compared in lower case. They are what a person pastes: other languages' exceptions, other tools' messages, and how people
    // name the failure in Indonesian. The system's own words (strerror) and the titles in both languages need no alias.
    public static IReadOnlyList<Row> Rows { get; } =
    [
        new("connection-refused", ExitCodes.NotConnected, ["ECONNREFUSED"],
            ["connectionrefusederror", "actively refused", "err_connection_refused", "java.net.connectexception", "koneksi ditolak", "sambungan ditolak", "failed to connect", "couldn't connect to server"]),
        new("connect-timed-out", ExitCodes.TimedOut, ["ETIMEDOUT"],
            ["connect timed out", "sockettimeoutexception: connect timed out", "connection attempt failed because the connected party did not properly respond", "err_connection_timed_out", "err_timed_out", "i/o timeout", "waktu koneksi habis", "operation timed out", "timed out", "time out", "timeout", "kehabisan waktu"]),
        new("read-timed-out", ExitCodes.TimedOut, ["ETIMEDOUT", "EAGAIN"],
            ["read timed out", "sockettimeoutexception", "socket.timeout", "timeouterror: timed out", "esockettimedout", "waktu baca habis", "the read operation timed out", "timed out", "time out", "timeout", "kehabisan waktu"]),
        new("tls-handshake-timed-out", ExitCodes.TimedOut, ["ETIMEDOUT"], ["handshake operation timed out", "tls handshake timeout", "ssl handshake timeout"]),
        new("no-reply", ExitCodes.TimedOut, ["SOKET_NO_REPLY"], ["no reply", "tidak ada balasan"]),
        new("closed-unanswered", ExitCodes.NotAnswered, ["SOKET_UNANSWERED"],
            ["empty reply from server", "remote end closed connection without response", "remotedisconnected", "err_empty_response", "unexpected end of file from server", "premature end of", "nohttpresponseexception", "jawaban kosong"]),
        new("connection-reset", ExitCodes.ConnectionLost, ["ECONNRESET", "ENETRESET"],
            ["connectionreseterror", "forcibly closed by the remote host", "err_connection_reset", "socket hang up", "recv failure", "koneksi diputus", "koneksi direset"]),
        new("broken-pipe", ExitCodes.ConnectionLost, ["EPIPE", "ESHUTDOWN"], ["brokenpipeerror", "sigpipe", "err_stream_write_after_end", "write epipe", "pipa putus"]),
        new("connection-aborted", ExitCodes.ConnectionLost, ["ECONNABORTED"], ["connectionabortederror", "aborted by the software in your host machine", "err_connection_aborted", "koneksi dibatalkan"]),
        new("host-unreachable", ExitCodes.NotConnected, ["EHOSTUNREACH", "EHOSTDOWN"], ["noroutetohostexception", "host is unreachable", "err_address_unreachable", "destination host unreachable", "host tidak terjangkau"]),
        new("network-unreachable", ExitCodes.NotConnected, ["ENETUNREACH", "ENETDOWN"], ["err_internet_disconnected", "unreachable network", "jaringan tidak terjangkau"]),
        new("name-not-found", ExitCodes.NotResolved, ["EAI_NONAME", "EAI_NODATA", "EAI_FAIL"],
            ["enotfound", "unknownhostexception", "nodename nor servname provided", "no such host", "could not resolve host", "err_name_not_resolved", "gaierror: [errno -2]", "nama tidak ditemukan", "no such host is known"]),
        new("name-temporary-failure", ExitCodes.NotResolved, ["EAI_AGAIN"], ["try again", "dns_probe", "gaierror: [errno -3]", "temporary failure resolving", "dns gagal"]),
        new("address-in-use", ExitCodes.AddressInUse, ["EADDRINUSE"],
            ["bindexception: address already in use", "only one usage of each socket address", "port is already allocated", "port already in use", "port is already in use", "alamat sudah dipakai", "port sudah dipakai", "port sudah digunakan"]),
        new("address-not-available", ExitCodes.AddressNotAvailable, ["EADDRNOTAVAIL"], ["requested address is not valid in its context", "can't assign requested address", "err_address_invalid", "alamat tidak tersedia"]),
        new("permission-denied", ExitCodes.PermissionDenied, ["EACCES", "EPERM"], ["accessdenied", "permissionerror", "izin ditolak"]),
        new("permission-denied-port", ExitCodes.PermissionDenied, ["EACCES"], ["forbidden by its access permissions", "listen eacces"]),
        new("permission-denied-path", ExitCodes.PermissionDenied, ["EACCES", "EPERM"], ["permission denied (unix", "docker.sock"]),
        new("capture-not-permitted", ExitCodes.PermissionDenied, ["EACCES", "EPERM"],
            ["you don't have permission to capture", "you don't have permission to perform this capture", "cap_net_raw", "couldn't run /usr/bin/dumpcap", "attempt to create packet socket failed"]),
        new("broadcast-not-permitted", ExitCodes.PermissionDenied, ["EACCES"], ["broadcast permission", "so_broadcast"]),
        new("too-many-open-files", ExitCodes.TooManyOpenFiles, ["EMFILE", "ENFILE"], ["too many open sockets", "ulimit", "terlalu banyak berkas"]),
        new("tls-untrusted", ExitCodes.NotTrusted, ["TLS_UNTRUSTED"],
            ["certificate_verify_failed", "unable to verify the first certificate", "unable_to_verify_leaf_signature", "depth_zero_self_signed_cert", "self_signed_cert_in_chain", "self-signed certificate", "self signed certificate", "err_cert_authority_invalid", "unable to get local issuer certificate", "untrustedroot", "partialchain", "pkix path building failed", "signed by unknown authority", "unknown_ca", "sertifikat tidak dipercaya"]),
        new("tls-wrong-name", ExitCodes.NotTrusted, ["TLS_NAME_MISMATCH"],
            ["err_tls_cert_altname_invalid", "err_cert_common_name_invalid", "remotecertificatenamemismatch", "hostname mismatch", "hostname/ip does not match", "no alternative certificate subject name matches", "certificate is valid for"]),
        new("tls-expired", ExitCodes.NotTrusted, ["TLS_EXPIRED"], ["cert_has_expired", "certificate has expired", "err_cert_date_invalid", "certificate_expired", "notafter", "sertifikat kedaluwarsa", "sertifikat kadaluarsa"]),
        new("tls-not-yet-valid", ExitCodes.NotTrusted, ["TLS_NOT_YET_VALID"], ["cert_not_yet_valid", "certificate is not yet valid", "notyetvalid", "notbefore"]),
        new("plaintext-where-tls-expected", ExitCodes.TlsHandshake, ["TLS_PLAINTEXT_PEER", "TLS_EXPECTED"],
            ["wrong version number", "http request was sent to https port", "plain http request", "err_ssl_protocol_error", "packet length too long", "first record does not look like a tls handshake", "unsupported or unrecognized ssl message", "cannot determine the frame size"]),
        new("tls-where-plaintext-expected", ExitCodes.TlsHandshake, ["TLS_TO_PLAIN"], ["bad request version", "invalid http version", "\\x16\\x03"]),
        new("tls-handshake-failed", ExitCodes.TlsHandshake, ["TLS_HANDSHAKE"],
            ["handshake_failure", "handshake failure", "sslhandshakeexception", "alert handshake"]),
        new("tls-version-mismatch", ExitCodes.TlsHandshake, ["TLS_VERSION"], ["protocol_version", "unsupported protocol", "version too low", "tlsv1 alert protocol version", "no protocols available"]),
        new("tls-no-common-cipher", ExitCodes.TlsHandshake, ["TLS_CIPHER"], ["no shared cipher", "no_shared_cipher", "err_ssl_version_or_cipher_mismatch", "insufficient_security", "no cipher match"]),
        new("tls-client-certificate", ExitCodes.TlsHandshake, ["TLS_CLIENT_CERTIFICATE"], ["certificate_required", "certificate required", "peer did not return a certificate", "err_bad_ssl_client_auth_cert", "no required ssl certificate was sent"]),
        new("tls-closed", ExitCodes.TlsHandshake, ["TLS_CLOSED"], ["unexpected eof", "eof occurred in violation of protocol", "remote host terminated the handshake", "ssl_error_syscall", "client network socket disconnected before secure tls connection"]),
        new("websocket-refused", ExitCodes.HttpRefused, ["WEBSOCKET_REFUSED"], ["unexpected server response", "server rejected websocket connection", "refused websocket upgrade", "unexpected response code", "websocket ditolak"]),
        new("websocket-not-http", ExitCodes.WeirdReply, ["WEBSOCKET_NOT_HTTP"], ["did not receive a valid http response", "parse error: expected http/"]),
        new("websocket-handshake-failed", ExitCodes.WeirdReply, ["WEBSOCKET_HANDSHAKE"], ["invalid sec-websocket-accept", "incorrect 'sec-websocket-accept'", "error during websocket handshake", "invalid upgrade header"]),
        new("websocket-subprotocol", ExitCodes.WeirdReply, ["WEBSOCKET_SUBPROTOCOL"], ["server sent no subprotocol", "server sent an invalid subprotocol", "sent non-empty 'sec-websocket-protocol' header"]),
        new("websocket-protocol-error", ExitCodes.WeirdReply, ["WEBSOCKET_PROTOCOL"], ["invalid websocket frame", "mask must be set", "mask must be clear", "one or more reserved bits are on", "could not decode a text frame as utf-8"]),
        new("websocket-closed", ExitCodes.ConnectionLost, ["WEBSOCKET_CLOSED"], ["no close frame received", "websocket connection is closed before", "without completing the close handshake", "websocket ditutup"]),
        new("websocket-no-pong", ExitCodes.TimedOut, ["WEBSOCKET_NO_PONG"], ["keepalive ping timeout"]),
        new("websocket-handshake-timed-out", ExitCodes.TimedOut, ["ETIMEDOUT"], ["opening handshake has timed out", "timed out during opening handshake"]),
        new("proxy-unreachable", ExitCodes.NotConnected, ["PROXY_UNREACHABLE"], ["err_proxy_connection_failed", "could not resolve proxy", "failed to connect to proxy", "unable to connect to proxy", "proxyconnect tcp"]),
        new("proxy-login", ExitCodes.ProxyFailed, ["PROXY_LOGIN"], ["proxy authentication required", "err_proxy_auth_unsupported", "authentication needed for proxy", "user was rejected by the socks5 server", "no authentication method was acceptable", "no acceptable authentication methods"]),
        new("proxy-refused", ExitCodes.ProxyFailed, ["PROXY_REFUSED"], ["err_tunnel_connection_failed", "connect tunnel failed", "received http code 403 from proxy after connect", "connection not allowed by ruleset"]),
        new("proxy-target-unreachable", ExitCodes.ProxyFailed, ["PROXY_TARGET"], ["err_socks_connection_host_unreachable", "general socks server failure", "request rejected or failed", "can't complete socks5 connection", "can't complete socks4 connection"]),
        new("proxy-not-a-proxy", ExitCodes.ProxyFailed, ["PROXY_NOT_PROXY"], ["received invalid version in initial socks5 response", "invalid socks version", "bukan proxy"]),
        new("proxy-broken-reply", ExitCodes.ProxyFailed, ["PROXY_PROTOCOL"], ["err_socks_connection_failed", "proxy connect aborted", "connection to proxy closed"]),
        new("proxy-timed-out", ExitCodes.TimedOut, ["ETIMEDOUT"], ["proxy connect aborted due to timeout", "connection time-out during socks"]),
        new("starttls-not-offered", ExitCodes.StartTlsFailed, ["STARTTLS_NOT_OFFERED"], ["starttls not supported", "starttls extension not supported", "didn't find starttls in server response", "must issue a starttls command"]),
        new("starttls-refused", ExitCodes.StartTlsFailed, ["STARTTLS_REFUSED"], ["tls not available due to temporary reason", "starttls failed"]),
        new("starttls-wrong-protocol", ExitCodes.WeirdReply, ["STARTTLS_NOT_PROTOCOL"], ["weird server reply", "got unexpected smtp-server response", "server returned nothing"]),
        new("starttls-injected", ExitCodes.WeirdReply, ["STARTTLS_INJECTED"], ["starttls injection", "command injection", "response injection"]),
        new("starttls-timed-out", ExitCodes.TimedOut, ["ETIMEDOUT"], ["smtp connect() failed", "timed out waiting for the greeting"]),
        new("http-not-http", ExitCodes.WeirdReply, ["HTTP_NOT_HTTP"],
            ["received http/0.9 when not allowed", "badstatusline", "invalid http version", "net/http: malformed http response", "parse error: expected http/", "err_invalid_http_response"]),
        new("http-bad-response", ExitCodes.WeirdReply, ["HTTP_RESPONSE"],
            ["invalid header value char", "hpe_", "malformed mime header", "multiple content-length", "err_response_headers_multiple_content_length", "illegal or missing hexadecimal sequence", "chunkedencodingerror"]),
        new("http-truncated", ExitCodes.EndedEarly, ["HTTP_TRUNCATED"],
            ["transfer closed with", "outstanding read data remaining", "incompleteread", "content_length_mismatch", "err_content_length_mismatch", "err_incomplete_chunked_encoding", "unexpected end of file", "premature close", "jawaban terpotong"]),
        new("http-status", ExitCodes.HttpRefused, ["HTTP_STATUS"],
            ["the requested url returned error", "response status code does not indicate success", "httperror", "http error 404", "404 not found", "403 forbidden", "500 internal server error", "raise_for_status"]),
        new("http-redirect", ExitCodes.Redirects, ["HTTP_REDIRECT"],
            ["maximum (50) redirects followed", "toomanyredirects", "err_too_many_redirects", "stopped after 10 redirects", "redirect loop", "pengalihan terlalu banyak"]),
        new("http-range", ExitCodes.NoRange, ["HTTP_RANGE"],
            ["416 range not satisfiable", "http server doesn't seem to support byte ranges", "requested range not satisfiable", "cannot resume"]),
        new("http-encoding", ExitCodes.BadEncoding, ["HTTP_CODING"],
            ["err_content_decoding_failed", "not a gzipped file", "incorrect header check", "error while processing content unencoding", "contentdecodingerror", "invalid stored block lengths", "badzipfile"]),
        new("http-too-large", ExitCodes.BodyTooLarge, ["HTTP_TOO_LARGE"],
            ["maximum file size exceeded", "exceeded the maximum allowed file size", "decompression bomb", "response too large", "zip bomb"]),
        new("http-timed-out", ExitCodes.TimedOut, ["ETIMEDOUT"],
            ["readtimeout", "504 gateway", "operation timed out after", "context deadline exceeded (client.timeout", "timeout of 30000ms exceeded", "the request was canceled due to the configured httpclient.timeout"]),
        new("dns-name-not-found", ExitCodes.NotResolved, ["DNS_NXDOMAIN"], ["nxdomain", "status: nxdomain", "server can't find"]),
        new("dns-no-data", ExitCodes.NoData, ["DNS_NODATA", "DNS_CIRCLE"], ["nodata", "no answer record", "cname loop"]),
        new("dns-referral", ExitCodes.Referred, ["DNS_REFERRAL"], ["recursion requested but not available", "dns referral"]),
        new("dns-server-failure", ExitCodes.NameServerFailed, ["DNS_SERVFAIL", "DNS_RCODE"], ["status: servfail", "servfail", "notimp", "formerr"]),
        new("dns-refused", ExitCodes.QueryRefused, ["DNS_REFUSED"], ["status: refused", "query refused"]),
        new("dns-truncated", ExitCodes.WeirdReply, ["DNS_TRUNCATED"], ["truncated, retrying in tcp mode"]),
        new("dns-timed-out", ExitCodes.TimedOut, ["DNS_TIMED_OUT"], ["no servers could be reached", "communications error"]),
        new("dns-wrong-reply", ExitCodes.WeirdReply, ["DNS_WRONG_ID", "DNS_WRONG_SOURCE", "DNS_WRONG_QUESTION", "DNS_WRONG_COOKIE"], ["id mismatch", "reply from unexpected source"]),
        new("dns-malformed", ExitCodes.WeirdReply, ["DNS_MALFORMED"], ["got bad packet", "malformed dns"]),
        new("message-too-large", ExitCodes.TooLarge, ["SOKET_MESSAGE_TOO_LARGE"], ["max payload size exceeded", "pesan terlalu besar"]),
        new("datagram-too-long", ExitCodes.TooLarge, ["EMSGSIZE"], ["datagram is too", "larger than the internal message buffer", "datagram terlalu panjang"]),
        new("connection-limit", ExitCodes.LimitReached, ["SOKET_LIMIT"], ["too many connections", "maximum connections", "terlalu banyak koneksi"]),
        new("denied-by-rule", ExitCodes.DeniedByRule, ["SOKET_DENIED"], ["denied by rule", "ditolak oleh aturan"]),
        new("option-not-available", ExitCodes.NotSupported, ["ENOPROTOOPT", "EOPNOTSUPP"], ["unknown, invalid, or unsupported option", "bad protocol option"]),
        new("option-value", ExitCodes.NotSupported, ["EINVAL", "ENOENT", "ENODEV"], ["unknown congestion control", "no such device", "nilai opsi ditolak"]),
        new("protocol-not-supported", ExitCodes.NotSupported, ["EPROTONOSUPPORT", "EPROTOTYPE", "ESOCKTNOSUPPORT"], []),
        new("address-family-not-supported", ExitCodes.NotSupported, ["EAFNOSUPPORT", "EPFNOSUPPORT"], ["address incompatible with the requested protocol"]),
        new("unix-path-missing", ExitCodes.NotConnected, ["ENOENT"], ["filenotfounderror", "connect enoent"]),
        new("unix-stale-socket", ExitCodes.NotConnected, ["ECONNREFUSED"], ["stale socket", "socket file"]),
        new("unix-not-a-socket", ExitCodes.NotConnected, ["ECONNREFUSED", "ENOTSOCK"], []),
        new("unix-backlog-full", ExitCodes.NotConnected, ["EAGAIN"], []),
        new("not-connected", ExitCodes.Failed, ["ENOTCONN", "EDESTADDRREQ"], ["socket is not connected", "belum terhubung"]),
        new("already-connected", ExitCodes.Failed, ["EISCONN", "EALREADY"], ["socket is already connected", "sudah terhubung"]),
        new("no-buffer-space", ExitCodes.Failed, ["ENOBUFS", "ENOMEM"], ["queue was full"]),
        new("assertion-failed", ExitCodes.AssertionFailed, ["SOKET_ASSERT"], ["assertion failed"]),
        new("other-failure", ExitCodes.Failed, [], []),
    ];

    private static readonly Dictionary<string, Row> ByCode = Rows.ToDictionary(row => row.Code, StringComparer.Ordinal);

    public static Row Find(string code) => ByCode[code];

    public static CatalogueEntry Entry(Row row, Language language) => new(
        row.Code,
        Texts.Get(language, row.Code + ".title"),
        [.. row.Errors.Select(Error)],
        Texts.Get(language, row.Code + ".means"),
        Lines(Texts.Get(language, row.Code + ".causes")),
        Lines(Texts.Get(language, row.Code + ".do")),
        row.ExitCode,
        Page(row.Code, language));

    public static string Page(string code, Language language) => $"docs/errors/{code}{(language == Language.Indonesian ? ".id" : "")}.md";

    public static SystemError Error(string name) => new(name, Errno.Number(name), Errno.Text(name) ?? "");

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
