namespace Soket.Cli.Tests.Interop;

/// <summary>Lab 4 as a student writes it: two who take turns, over TCP and over UDP, with the person at the keyboard on stdin.</summary>
internal static class LabChatPrograms
{
    public const string TcpServer = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.bind(('localhost', 0))
        s.listen(5)
        print('ready', s.getsockname()[1])
        c, a = s.accept()
        while True:
            text = c.recv(1024).decode()
            if not text or text.lower() == 'exit' or text.lower() == 'quit':
                print('ended by', repr(text))
                break
            print('Client:', text)
            c.send(sys.stdin.readline().strip().encode())
        c.close()
        s.close()
        """;

    public const string TcpClient = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.connect(('localhost', int(sys.argv[1])))
        for line in sys.stdin:
            text = line.strip()
            s.send(text.encode())
            if text.lower() == 'exit' or text.lower() == 'quit':
                break
            print('Server:', s.recv(1024).decode())
        print('left over:', repr(s.recv(1024)))
        s.close()
        """;

    public const string UdpServer = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(('localhost', 0))
        print('ready', s.getsockname()[1])
        while True:
            data, a = s.recvfrom(1024)
            text = data.decode()
            if text.lower() == 'exit' or text.lower() == 'quit':
                print('ended by', repr(text))
                break
            print('Client:', text)
            s.sendto(sys.stdin.readline().strip().encode(), a)
        s.close()
        """;

    public const string UdpClient = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for line in sys.stdin:
            text = line.strip()
            s.sendto(text.encode(), ('localhost', int(sys.argv[1])))
            if text.lower() == 'exit' or text.lower() == 'quit':
                break
            data, a = s.recvfrom(1024)
            print('Server:', data.decode())
        s.close()
        """;
}
