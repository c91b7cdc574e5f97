/* SPDX-License-Identifier: GPL-3.0-or-later */
import java.io.FileInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/*
 * Client URL ROOT [P12 PASSPHRASE-FILE]: asks for a page, with the certificate
 * of a PKCS #12 file or with none, and prints status and page. Trusts that
 * root alone.
 */
final class Client {
	public static void main(String[] arguments) throws Exception {
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(arguments.length == 4
		    ? keys(arguments[2], arguments[3]) : null,
		    trust(arguments[1]).getTrustManagers(), null);
		HttpResponse<String> response = HttpClient.newBuilder()
		    .sslContext(context).build()
		    .send(HttpRequest.newBuilder(URI.create(arguments[0]))
		        .timeout(Duration.ofSeconds(20)).build(),
		        HttpResponse.BodyHandlers.ofString());
		System.out.println(response.statusCode());
		System.out.println(response.body());
	}

	private static TrustManagerFactory trust(String file) throws Exception {
		KeyStore store = KeyStore.getInstance("PKCS12");
		store.load(null, null);
		try (InputStream in = new FileInputStream(file)) {
			store.setCertificateEntry("root", CertificateFactory
			    .getInstance("X.509").generateCertificate(in));
		}
		TrustManagerFactory factory =
		    TrustManagerFactory.getInstance("PKIX");
		factory.init(store);
		return factory;
	}

	private static KeyManager[] keys(String file, String pass)
	    throws Exception {
		char[] word = Files.readString(Path.of(pass)).strip().toCharArray();
		KeyStore store = KeyStore.getInstance("PKCS12");
		try (InputStream in = new FileInputStream(file)) {
			store.load(in, word);
		}
		KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
		factory.init(store, word);
		return factory.getKeyManagers();
	}
}
