namespace Soket.Cli.Tests.Interop;

/// <summary>The plain programs a student writes, in the shapes of the labs; each server prints <c>ready PORT</c> where the lab has a fixed port.</summary>
internal static class LabPrograms
{
    /// <summary>Lab 1: accepts one client after another, reads once, prints, closes.</summary>
    public const string TcpPrinter = """
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.bind(('localhost', 0))
        s.listen(5)
        print('ready', s.getsockname()[1])
        while True:
            c, a = s.accept()
            print('got', c.recv(1024).decode())
            c.close()
        """;

    /// <summary>Lab 1: connects, sends, closes.</summary>
    public const string TcpSender = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.connect(('localhost', int(sys.argv[1])))
        s.sendall(b'Hello, Server!')
        s.close()
        """;

    /// <summary>Lab 1: prints each datagram with its sender.</summary>
    public const string UdpPrinter = """
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(('localhost', 0))
        print('ready', s.getsockname()[1])
        while True:
            data, a = s.recvfrom(1024)
            print('got', repr(data.decode()), 'from', a[0])
        """;

    /// <summary>Lab 2, TCP: sends its text without a newline and waits for the answer without closing.</summary>
    public const string ProcessTcpClient = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.connect(('localhost', int(sys.argv[1])))
        s.send(sys.argv[2].encode())
        print(s.recv(1024).decode())
        s.close()
        """;

    /// <summary>Lab 2, UDP.</summary>
    public const string ProcessUdpClient = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(30)
        s.sendto(sys.argv[2].encode(), ('localhost', int(sys.argv[1])))
        data, a = s.recvfrom(1024)
        print(data.decode())
        s.close()
        """;

    /// <summary>Lab 2, UDP: the server that processes each datagram in the five steps and sends the result back to where it came from.</summary>
    public const string ProcessUdpServer = """
        import socket
        from datetime import datetime
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(('localhost', 0))
        print('ready', s.getsockname()[1])
        while True:
            data, a = s.recvfrom(1024)
            text = data.decode()
            now = datetime.now().strftime('%Y-%m-%d %H:%M:%S')
            s.sendto(f'{text.swapcase().strip()} | {len(text)} | {now} | Data telah diproses'.encode(), a)
        """;

    /// <summary>Lab 2: the server that answers anything with a fixed text.</summary>
    public const string FixedReplyServer = """
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.bind(('localhost', 0))
        s.listen(5)
        print('ready', s.getsockname()[1])
        c, a = s.accept()
        print('got', c.recv(1024).decode())
        c.sendall(b'Halo juga dari server!')
        c.close()
        """;

    /// <summary>Lab 3: the echo server with a command line.</summary>
    public const string EchoServer = """
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(('localhost', 0))
        s.listen(5)
        print('ready', s.getsockname()[1])
        while True:
            c, a = s.accept()
            while True:
                data = c.recv(1024)
                if not data:
                    break
                print('sent', c.send(data), 'bytes back')
            c.close()
        """;

    /// <summary>Lab 3: the echo client that reads until as many bytes came back as were sent.</summary>
    public const string EchoClient = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.connect(('localhost', int(sys.argv[1])))
        message = 'Test message. This will be echoed'
        s.sendall(message.encode())
        received = 0
        while received < len(message):
            data = s.recv(16)
            received += len(data)
            print('Received:', data.decode())
        s.close()
        """;

    /// <summary>Lab 3, the second client: sends what is typed, line by line, until the user ends it.</summary>
    public const string TypedEchoClient = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.connect(('localhost', int(sys.argv[1])))
        for line in sys.stdin:
            message = line.strip().encode()
            if message == b'exit':
                break
            s.sendall(message)
            received = b''
            while len(received) < len(message):
                data = s.recv(16)
                if not data:
                    sys.exit('the server has closed')
                received += data
            print('Received:', received.decode())
        s.close()
        """;

    /// <summary>Lab 5's first half: a server that closes as soon as it has read, with what is unread still there.</summary>
    public const string RudeServer = """
        import socket, struct
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.bind(('localhost', 0))
        s.listen(5)
        print('ready', s.getsockname()[1])
        while True:
            c, a = s.accept()
            c.recv(4)
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            c.close()
        """;
}
